# rule: semaphore: several releases at once wake several waiters in order; locked() while woken ones did not run; a cancel among them; value zero
import asyncio

async def worker(name, s):
    try:
        await s.acquire()
        print(name, "in", int(s.locked()))
    except asyncio.CancelledError:
        print(name, "cancelled", int(s.locked()))
        raise

async def main():
    try:
        asyncio.Semaphore(-1)
    except ValueError:
        print("ValueError")
    s = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(worker(f"w{i}", s)) for i in range(5)]
    await asyncio.sleep(0)
    s.release(); s.release()
    print("released two", int(s.locked()))
    tasks[0].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print([int(t.done()) for t in tasks], int(s.locked()))
    tasks[3].cancel()
    s.release(); s.release()
    await asyncio.wait(tasks)
    print(int(s.locked()))
    b = asyncio.BoundedSemaphore(1)
    async with b:
        pass
    try:
        b.release()
    except ValueError:
        print("bounded ValueError", int(b.locked()))
    try:
        await asyncio.wait_for(asyncio.Semaphore(0).acquire(), 0.01)
    except TimeoutError:
        print("TimeoutError")

asyncio.run(main())

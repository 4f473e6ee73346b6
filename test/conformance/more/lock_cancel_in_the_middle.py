# rule: lock: cancelled waiters at the head, in the middle and after the grant leave the order of the others; a release without a holder; a message
import asyncio

async def worker(name, lock):
    try:
        async with lock:
            print(name, "has it")
            await asyncio.sleep(0)
    except asyncio.CancelledError as e:
        print(name, "cancelled", e)
        raise

async def main():
    lock = asyncio.Lock()
    try:
        lock.release()
    except RuntimeError:
        print("RuntimeError")
    await lock.acquire()
    tasks = [asyncio.create_task(worker(f"w{i}", lock)) for i in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel("middle")
    tasks[0].cancel("head")
    await asyncio.sleep(0)
    lock.release()
    print("released", int(lock.locked()))
    tasks[1].cancel("granted")
    await asyncio.wait(tasks)
    print(int(lock.locked()), [int(t.cancelled()) for t in tasks])
    await lock.acquire()
    t = asyncio.create_task(worker("x", lock))
    await asyncio.sleep(0)
    lock.release()
    try:
        await asyncio.wait_for(lock.acquire(), 0)
    except TimeoutError:
        print("zero is no wait at all", int(lock.locked()))
    await t
    print("free", int(lock.locked()))

asyncio.run(main())

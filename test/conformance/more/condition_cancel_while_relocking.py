# rule: condition: a waiter cancelled while it takes the lock again goes on trying; then the cancellation comes; notify counts; notify without the lock
import asyncio

async def waiter(name, c):
    async with c:
        try:
            await c.wait()
            print(name, "notified", int(c.locked()))
        except asyncio.CancelledError as e:
            print(name, "cancelled", e, int(c.locked()))
            raise

async def main():
    c = asyncio.Condition()
    for f in c.notify, c.notify_all:
        try:
            f()
        except RuntimeError:
            print("RuntimeError")
    tasks = [asyncio.create_task(waiter(n, c)) for n in "abcd"]
    await asyncio.sleep(0)
    async with c:
        c.notify(2)
        await asyncio.sleep(0)
        tasks[0].cancel("one")
        await asyncio.sleep(0)
        tasks[0].cancel("two")
        await asyncio.sleep(0)
        print("still holding", [int(t.done()) for t in tasks])
    await asyncio.sleep(0.01)
    print([int(t.done()) for t in tasks])
    async with c:
        c.notify(0)
        c.notify(10)
    await asyncio.wait(tasks)
    print([int(t.cancelled()) for t in tasks], int(c.locked()))

asyncio.run(main())

# rule: event: set, clear and set again within one turn; a waiter that comes while others are woken; cancel after set; wait_for on a set event
import asyncio

async def waiter(name, e):
    try:
        print(name, int(await e.wait()), int(e.is_set()))
    except asyncio.CancelledError:
        print(name, "cancelled", int(e.is_set()))

async def main():
    e = asyncio.Event()
    tasks = [asyncio.create_task(waiter(n, e)) for n in "abc"]
    await asyncio.sleep(0)
    e.set(); e.clear()
    tasks.append(asyncio.create_task(waiter("late", e)))
    tasks[1].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print([int(t.done()) for t in tasks])
    e.set(); e.clear(); e.set(); e.set()
    print(int(await asyncio.wait_for(e.wait(), 0.0 + 1)))
    await asyncio.wait(tasks)
    print("end", int(e.is_set()))

asyncio.run(main())

# rule: cancelling one of two awaiters of a task cancels the task, and so the other awaiter too, which is not cancelling
import asyncio

async def inner():
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError as e:
        print("inner", e)
        raise

async def awaiter(name, t):
    try:
        await t
    except asyncio.CancelledError as e:
        print(name, asyncio.current_task().cancelling())
        raise

async def main():
    t = asyncio.create_task(inner())
    a = asyncio.create_task(awaiter("a", t))
    b = asyncio.create_task(awaiter("b", t))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print("cancel", int(a.cancel("why")))
    await asyncio.wait([a, b])
    print(int(a.cancelled()), int(b.cancelled()), int(t.cancelled()), a.cancelling(), b.cancelling(), t.cancelling())

asyncio.run(main())

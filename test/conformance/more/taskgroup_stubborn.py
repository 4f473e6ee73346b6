# rule: a group waits for a child that refuses its cancellation; a second outer cancel during that wait is delivered to the children again
import asyncio

async def stubborn(n):
    for i in range(n):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError as e:
            print("refused", i)
    print("stubborn ends")

async def owner():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(stubborn(3))
            await asyncio.sleep(5)
    finally:
        print("left", asyncio.current_task().cancelling())

async def main():
    t = asyncio.create_task(owner())
    for i in range(4):
        await asyncio.sleep(0.01)
        print("cancel", int(t.cancel()), int(t.done()))
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled", t.cancelling())

asyncio.run(main())

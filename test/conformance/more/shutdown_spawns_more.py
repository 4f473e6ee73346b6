# rule: tasks made while run() cancels the leftovers get a few steps and are destroyed; a leftover made by a leftover's cleanup; callbacks queued in main's last step run
import asyncio

async def late():
    print("late begins")
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        print("late cancelled")
        raise

async def leftover():
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        print("leftover cancelled")
        t = asyncio.create_task(late())
        await asyncio.sleep(0)
        print("leftover ends")
        raise

keep = []
async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda l, c: None)
    keep.append(asyncio.create_task(leftover()))
    await asyncio.sleep(0)
    loop.call_soon(print, "soon, from the last step")
    loop.call_later(0.5, print, "never")
    return "result"

print(asyncio.run(main()))

# rule: a deadline that strikes in a task that is cancelled from outside too leaves the CancelledError; expired() and cancelling() tell
import asyncio, time

async def limited(label):
    tm = asyncio.timeout(0.01)
    try:
        async with tm:
            await asyncio.sleep(5)
    except TimeoutError:
        print(label, "timed out", int(tm.expired()), asyncio.current_task().cancelling())
    except asyncio.CancelledError as e:
        print(label, "cancelled", int(tm.expired()), asyncio.current_task().cancelling())
        raise

async def outcome(t):
    try:
        await t
        print("ended")
    except asyncio.CancelledError:
        print("main sees cancelled")

async def main():
    loop = asyncio.get_running_loop()
    t = asyncio.create_task(limited("cancel first"))
    await asyncio.sleep(0)
    loop.call_soon(t.cancel)
    time.sleep(0.03)
    await outcome(t)
    t = asyncio.create_task(limited("deadline first"))
    await asyncio.sleep(0)
    loop.call_later(0.02, t.cancel)
    time.sleep(0.04)
    await outcome(t)
    t = asyncio.create_task(limited("late cancel"))
    await asyncio.sleep(0.03)
    print(int(t.cancel()))
    await outcome(t)

asyncio.run(main())

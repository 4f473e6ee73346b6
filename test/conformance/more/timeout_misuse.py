# rule: a time limit can't be moved before it begins, after it struck or after its end; when() keeps the last deadline
import asyncio

def refused(label, f):
    try:
        f()
        print(label, "ok")
    except RuntimeError:
        print(label, "RuntimeError")

async def main():
    loop = asyncio.get_running_loop()
    tm = asyncio.timeout(None)
    refused("before", lambda: tm.reschedule(1))
    async with tm:
        print("when", tm.when())
        refused("inside", lambda: tm.reschedule(loop.time() + 50))
        print("later", int(tm.when() > loop.time() + 40), int(tm.expired()))
    refused("after", lambda: tm.reschedule(1))
    print("after", int(tm.when() > loop.time()), int(tm.expired()))
    tm = asyncio.timeout(0.01)
    try:
        async with tm:
            try:
                await asyncio.sleep(5)
            finally:
                print("struck", int(tm.expired()))
                refused("struck", lambda: tm.reschedule(loop.time() + 5))
    except TimeoutError:
        print("timed out")
    try:
        async with asyncio.timeout_at(loop.time() - 1):
            print("body runs")
            await asyncio.sleep(5)
    except TimeoutError:
        print("past deadline")
    async with asyncio.timeout_at(loop.time() + 5) as tm:
        tm.reschedule(None)
        await asyncio.sleep(0)
        print("disarmed", tm.when())
    async with asyncio.timeout(0.02) as tm:
        await asyncio.sleep(0)
    await asyncio.sleep(0.04)
    print("left in time", int(tm.expired()))

asyncio.run(main())

import asyncio


async def answer(seconds):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        print("answer: cancelled, cleaning up")
        raise
    return 42


async def timeouts():
    print(f"In time: {await asyncio.wait_for(answer(1), 2)}")

    try:
        await asyncio.wait_for(answer(5), 2)
    except TimeoutError:
        print("Too late")

    try:
        async with asyncio.timeout(3):
            await answer(1)
            print("The first step took its time")
            await answer(5)
    except TimeoutError:
        print("The block was too slow")

    async with asyncio.timeout(1) as limit:
        limit.reschedule(asyncio.get_running_loop().time() + 10)
        value = await answer(5)
    print(f"Rescheduled: {value}")


asyncio.run(timeouts())

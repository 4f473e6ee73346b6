import asyncio


async def runner(start, number):
    print(f"Runner {number} is ready")
    await start.wait()
    print(f"Runner {number} runs")


async def race():
    start = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(1, 4):
            group.create_task(runner(start, number))
        await asyncio.sleep(1)
        print("Go!")
        start.set()
    await runner(start, 4)


asyncio.run(race())

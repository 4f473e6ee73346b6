import asyncio


async def fetch_data(param):
    print(f"Do something with {param}...")
    await asyncio.sleep(param)
    print(f"Done with {param}")
    return f"Result of {param}"


async def grouped():
    async with asyncio.TaskGroup() as group:
        task1 = group.create_task(fetch_data(1))
        task2 = group.create_task(fetch_data(2))
        print("The body is over, the tasks go on")
    print(f"[{task1.result()}, {task2.result()}]")


asyncio.run(grouped())

# python: 3.13
import asyncio


async def fetch(name, seconds):
    await asyncio.sleep(seconds)
    print(f"{name} is fetched")


async def in_order_of_completion():
    tasks = [
        asyncio.create_task(fetch("the big file", 3), name="big"),
        asyncio.create_task(fetch("the small file", 1), name="small"),
        asyncio.create_task(fetch("the medium file", 2), name="medium"),
    ]
    async for task in asyncio.as_completed(tasks):
        print(f"Next: {task.get_name()}")
        await task


asyncio.run(in_order_of_completion())

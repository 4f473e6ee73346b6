# clock: real
import asyncio
import time


async def fetch_data(param):
    print(f"Do something with {param}...")
    time.sleep(param / 10)
    print(f"Done with {param}")
    return param


async def blocked():
    task1 = asyncio.create_task(fetch_data(1))
    task2 = asyncio.create_task(fetch_data(2))
    result1 = await task1
    print("Fetch 1 fully completed")
    result2 = await task2
    print("Fetch 2 fully completed")
    print(f"Results: {result1} and {result2}")


asyncio.run(blocked())

import asyncio


async def fetch_data(param):
    print(f"Do something with {param}...")
    await asyncio.sleep(param)
    print(f"Done with {param}")
    return f"Result of {param}"


async def with_tasks():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    task1 = asyncio.create_task(fetch_data(1))
    task2 = asyncio.create_task(fetch_data(2))
    result1 = await task1
    print("Fetch 1 fully completed")
    result2 = await task2
    print("Fetch 2 fully completed")
    print(f"[{result1}, {result2}]")
    print(f"Finished in {loop.time() - begin:.2f} seconds")


asyncio.run(with_tasks())

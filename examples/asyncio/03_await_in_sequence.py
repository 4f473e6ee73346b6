import asyncio


async def fetch_data(param):
    print(f"Do something with {param}...")
    await asyncio.sleep(param)
    print(f"Done with {param}")
    return f"Result of {param}"


async def in_sequence():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    result1 = await fetch_data(1)
    print("Fetch 1 fully completed")
    result2 = await fetch_data(2)
    print("Fetch 2 fully completed")
    print(f"[{result1}, {result2}]")
    print(f"Finished in {loop.time() - begin:.2f} seconds")


asyncio.run(in_sequence())

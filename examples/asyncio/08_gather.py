import asyncio


async def fetch_data(param):
    print(f"Do something with {param}...")
    await asyncio.sleep(4 - param)
    print(f"Done with {param}")
    return param * 10


async def gathered():
    a, b, c = await asyncio.gather(fetch_data(1), fetch_data(2), fetch_data(3))
    print(f"Gathered: {a} {b} {c}")

    calls = [fetch_data(i + 1) for i in range(3)]
    print("Gathered from an array:", *await asyncio.gather(*calls))


asyncio.run(gathered())

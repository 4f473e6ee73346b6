import asyncio

begin = 0


def elapsed():
    return asyncio.get_running_loop().time() - begin


async def hiker(summit, number):
    await asyncio.sleep(number)
    print(f"{elapsed():.0f} h: hiker {number} is at the pass")
    await summit.wait()
    print(f"{elapsed():.0f} h: hiker {number} goes down")


async def hike():
    global begin
    begin = asyncio.get_running_loop().time()
    summit = asyncio.Barrier(3)
    await asyncio.gather(hiker(summit, 2), hiker(summit, 1), hiker(summit, 3))


asyncio.run(hike())

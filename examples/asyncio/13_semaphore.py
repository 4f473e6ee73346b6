import asyncio

begin = 0


def elapsed():
    return asyncio.get_running_loop().time() - begin


async def download(permits, number):
    async with permits:
        print(f"{elapsed():4.1f} s: download {number} begins")
        await asyncio.sleep(1.0 if number % 2 else 1.5)
        print(f"{elapsed():4.1f} s: download {number} ends")


async def downloads():
    global begin
    begin = asyncio.get_running_loop().time()
    permits = asyncio.Semaphore(2)
    async with asyncio.TaskGroup() as group:
        for number in range(1, 6):
            group.create_task(download(permits, number))


asyncio.run(downloads())

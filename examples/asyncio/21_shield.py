import asyncio


async def save():
    print("Saving")
    await asyncio.sleep(3)
    print("Saved")
    return 1024


async def shielded():
    task = asyncio.create_task(save())
    try:
        await asyncio.wait_for(asyncio.shield(task), 1)
    except TimeoutError:
        print("No patience, but the saving goes on")
    print(f"{await task} bytes")


asyncio.run(shielded())

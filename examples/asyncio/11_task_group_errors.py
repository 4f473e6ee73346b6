import asyncio


async def worker(number):
    try:
        await asyncio.sleep(number)
    except asyncio.CancelledError:
        print(f"Worker {number} is cancelled")
        raise
    raise OSError(f"worker {number} broke down")


async def clumsy():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        raise RuntimeError("the cleanup failed") from None


async def group_errors():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(worker(1))
            group.create_task(worker(2))
            group.create_task(clumsy())
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                print("The body is cancelled")
                raise
    except ExceptionGroup as group:
        print(f"{len(group.exceptions)} errors")
        for error in group.exceptions:
            print(f"- {error}")


asyncio.run(group_errors())

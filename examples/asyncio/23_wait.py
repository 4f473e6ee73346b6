import asyncio


async def mirror(name, seconds):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        print(f"{name} is cancelled")
        raise
    return name


async def quickest():
    tasks = [asyncio.create_task(mirror(name, seconds)) for name, seconds in (("Vienna", 3), ("Oslo", 1), ("Rome", 2))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    print(f"{done.pop().result()} wins, {len(pending)} pending")
    for task in tasks:
        if task in pending:
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass


asyncio.run(quickest())

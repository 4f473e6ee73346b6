import asyncio


async def clock():
    try:
        for second in range(1, 100):
            await asyncio.sleep(1)
            print(f"Tick {second}")
    finally:
        print("The clock stops")


async def start():
    task = asyncio.create_task(clock())
    await asyncio.sleep(2.5)
    print("First run is over")
    return task


async def look(task):
    await asyncio.sleep(2)
    print(f"Second run: the clock is {'done' if task.done() else 'running'}")


with asyncio.Runner() as runner:
    task = runner.run(start())
    print("Between the runs nothing moves")
    runner.run(look(task))
    print("The runner closes, and cancels what is left")

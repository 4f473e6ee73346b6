import asyncio

begin = 0


def elapsed():
    return asyncio.get_running_loop().time() - begin


async def consumer(queue, name):
    while True:
        item = await queue.get()
        await asyncio.sleep(0.5 * item)
        print(f"{name} has consumed {item}")
        queue.task_done()


async def produce(queue):
    for item in range(1, 6):
        await queue.put(item)
        print(f"{elapsed():.1f} s: produced {item}")
    await queue.join()


async def factory():
    global begin
    begin = asyncio.get_running_loop().time()
    queue = asyncio.Queue(2)
    async with asyncio.TaskGroup() as group:
        consumers = [group.create_task(consumer(queue, name)) for name in ("Anna", "Ben")]
        await produce(queue)
        print("All is done")
        for task in consumers:
            task.cancel()


asyncio.run(factory())

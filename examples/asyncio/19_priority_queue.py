# python: 3.13
import asyncio


async def worker(queue):
    try:
        while True:
            priority, what = await queue.get()
            print(f"{priority}: {what}")
            await asyncio.sleep(1)
    except asyncio.QueueShutDown:
        print("No more jobs")


async def office():
    queue = asyncio.PriorityQueue()
    for job in ((3, "tidy up"), (1, "put the fire out"), (2, "answer mail")):
        queue.put_nowait(job)
    queue.shutdown()
    await worker(queue)


asyncio.run(office())

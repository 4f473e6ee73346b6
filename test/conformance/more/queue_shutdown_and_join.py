# rule: queue: shutdown while putters wait and while join waits; what is left can be had; task_done once too often; LIFO and priority with waiters
import asyncio

async def putter(name, q):
    try:
        await q.put(name)
        print(name, "put")
    except asyncio.QueueShutDown:
        print(name, "QueueShutDown")

async def joiner(q):
    await q.join()
    print("joined")

async def main():
    q = asyncio.Queue(1)
    await q.put("first")
    tasks = [asyncio.create_task(putter(n, q)) for n in ("p", "q")] + [asyncio.create_task(joiner(q))]
    await asyncio.sleep(0)
    q.shutdown()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print("left", q.get_nowait())
    try:
        q.get_nowait()
    except asyncio.QueueShutDown:
        print("empty and shut down")
    try:
        q.put_nowait("x")
    except asyncio.QueueShutDown:
        print("no more")
    await asyncio.sleep(0)
    print([int(t.done()) for t in tasks])
    q.task_done()
    await asyncio.wait(tasks)
    try:
        q.task_done()
    except ValueError:
        print("ValueError")
    q.shutdown()
    q.shutdown(immediate=True)

    lifo = asyncio.LifoQueue()
    async def taker(n):
        print("taker", n, await lifo.get())
    takers = [asyncio.create_task(taker(n)) for n in range(2)]
    await asyncio.sleep(0)
    for n in (1, 2, 3):
        lifo.put_nowait(n)
    await asyncio.wait(takers)
    print("rest", lifo.get_nowait())
    prio = asyncio.PriorityQueue(3)
    for item in ((2, "b"), (1, "x"), (1, "a")):
        prio.put_nowait(item)
    print(int(prio.full()), *[prio.get_nowait()[1] for _ in range(3)])
    try:
        prio.get_nowait()
    except asyncio.QueueEmpty:
        print("QueueEmpty")

asyncio.run(main())

# rule: queue: a getter cancelled after a put woke it leaves the item to the next getter; a putter cancelled after a get woke it lets the next one in
import asyncio

async def getter(name, q):
    try:
        print(name, "got", await q.get())
    except asyncio.CancelledError:
        print(name, "cancelled", q.qsize())
        raise

async def putter(name, q):
    try:
        await q.put(name)
        print(name, "put", q.qsize())
    except asyncio.CancelledError:
        print(name, "cancelled", q.qsize())
        raise

async def main():
    q = asyncio.Queue(maxsize=1)
    a, b = asyncio.create_task(getter("a", q)), asyncio.create_task(getter("b", q))
    await asyncio.sleep(0)
    q.put_nowait("item")
    a.cancel()
    await asyncio.wait([a, b])
    q.put_nowait("full")
    print("full", int(q.full()), int(q.empty()))
    c, d = asyncio.create_task(putter("c", q)), asyncio.create_task(putter("d", q))
    await asyncio.sleep(0)
    print(q.get_nowait())
    c.cancel()
    await asyncio.wait([c, d])
    print(q.get_nowait(), q.qsize())
    e = asyncio.create_task(getter("e", q))
    await asyncio.sleep(0)
    q.put_nowait("late")
    e.cancel()
    await asyncio.wait([e])
    print("left", q.qsize(), q.get_nowait())

asyncio.run(main())

# rule: cancelling the awaiter of a gather passes the message to every child; a gather future that is cancelled before its children start runs none
import asyncio

async def child(n):
    print("start", n)
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError as e:
        print("child", n, e)
        raise

async def outer():
    try:
        await asyncio.gather(child(1), child(2), return_exceptions=True)
    except asyncio.CancelledError as e:
        print("outer", e)
        raise

async def main():
    t = asyncio.create_task(outer())
    await asyncio.sleep(0.01)
    t.cancel("stop")
    try:
        await t
    except asyncio.CancelledError as e:
        print("main", e)
    g = asyncio.gather(child(3), child(4))
    print(int(g.cancel("never")), int(g.done()))
    try:
        await g
    except asyncio.CancelledError as e:
        print("gather", int(g.cancelled()))

asyncio.run(main())

# rule: as_completed: tasks that are done come first, the others by completion; a cancelled task is one outcome; a consumer cancelled in between loses none
import asyncio

async def value(n, seconds):
    await asyncio.sleep(seconds)
    if n < 0:
        raise ValueError(n)
    return n

async def main():
    tasks = [asyncio.create_task(value(2, 0))]
    await asyncio.wait(tasks)
    late = [asyncio.create_task(value(3, 0.04)), asyncio.create_task(value(4, 0.02)), asyncio.create_task(value(-5, 0.06))]
    victim = asyncio.create_task(value(6, 5))
    asyncio.get_running_loop().call_later(0.03, victim.cancel)
    async for t in asyncio.as_completed([late[0], tasks[0], victim, late[1], late[2]]):
        try:
            print(await t)
        except ValueError as e:
            print("ValueError", e)
        except asyncio.CancelledError:
            print("cancelled one", int(t is victim))
    async for t in asyncio.as_completed([]):
        print("never")
    a, b = asyncio.create_task(value(7, 0.3)), asyncio.create_task(value(8, 0.01))
    seen = []
    async def consume():
        async for t in asyncio.as_completed([a, b]):
            seen.append(await t)
            print("consumed", seen)
    c = asyncio.create_task(consume())
    await asyncio.sleep(0.15)
    c.cancel()
    try:
        await c
    except asyncio.CancelledError:
        print("consumer cancelled", int(a.done()), int(b.done()))
    print(await a)
    slow = asyncio.create_task(value(9, 5))
    n = 0
    try:
        async for t in asyncio.as_completed([slow, asyncio.create_task(value(10, 0))], timeout=0.02):
            print(await t)
    except TimeoutError:
        print("TimeoutError", int(slow.done()))
    slow.cancel()

asyncio.run(main())

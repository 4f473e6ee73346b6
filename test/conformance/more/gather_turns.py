# rule: gather of tasks that are done takes one turn; the awaiter goes on in the turn after the last child's end; gather in argument order
import asyncio

async def value(n, turns):
    for _ in range(turns):
        await asyncio.sleep(0)
    print("child", n)
    return n

async def ticker():
    for i in range(6):
        print("tick", i)
        await asyncio.sleep(0)

async def main():
    tick = asyncio.create_task(ticker())
    print(await asyncio.gather(value(1, 2), value(2, 0), value(3, 1)))
    await tick
    a, b = asyncio.create_task(value(4, 0)), asyncio.create_task(value(5, 0))
    await asyncio.sleep(0)
    tick = asyncio.create_task(ticker())
    print(await asyncio.gather(a, b))
    await tick

asyncio.run(main())

# rule: coroutine objects: kept in a list and awaited later, in another order, as tasks, with limits; one that was used refuses; a function that awaits nothing; recursion
import asyncio

async def value(n, turns=0):
    print("runs", n)
    for _ in range(turns):
        await asyncio.sleep(0)
    return n

async def total(n):
    return 0 if n == 0 else n + await total(n - 1)

async def main():
    cs = [value(n) for n in range(4)]
    print("made")
    print(await cs[2], await asyncio.create_task(cs[0]), await asyncio.wait_for(cs[3], 1))
    print(await asyncio.gather(cs[1], value(4, 2)))
    for again in (lambda: cs[1], lambda: asyncio.wait_for(cs[2], 1)):
        try:
            await again()
        except RuntimeError:
            print("RuntimeError")
    print(await total(50))
    async def pipeline(*steps):
        results = []
        for s in steps:
            results.append(await s)
        return results
    print(await pipeline(value(5), asyncio.create_task(value(6)), asyncio.sleep(0, 7)))

asyncio.run(main())

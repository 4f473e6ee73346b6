# rule: wait with timeout 0 still lets a turn pass; with tasks that are done it returns after one turn; FIRST_EXCEPTION sees errors that are there
import asyncio

async def turns(n, error=False):
    for _ in range(n):
        await asyncio.sleep(0)
    if error:
        raise ValueError("x")

def names(s): return sorted(t.get_name() for t in s)

async def ticker():
    for i in range(4):
        print("tick", i)
        await asyncio.sleep(0)

async def main():
    tasks = [asyncio.create_task(turns(n), name=f"t{n}") for n in (0, 3)]
    done, pending = await asyncio.wait(tasks, timeout=0)
    print(names(done), names(pending))
    done, pending = await asyncio.wait(tasks, timeout=-1)
    print(names(done), names(pending))
    await asyncio.wait(tasks)
    tick = asyncio.create_task(ticker())
    done, pending = await asyncio.wait(tasks)
    print(names(done), names(pending))
    await tick
    bad = asyncio.create_task(turns(0, True), name="bad")
    long = asyncio.create_task(asyncio.sleep(5), name="long")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    done, pending = await asyncio.wait([long, bad], return_when=asyncio.FIRST_EXCEPTION)
    print(names(done), names(pending), repr(bad.exception()))
    w = asyncio.create_task(asyncio.wait([long]))
    await asyncio.sleep(0)
    w.cancel()
    try:
        await w
    except asyncio.CancelledError:
        print("wait cancelled", int(long.done()))
    long.cancel()

asyncio.run(main())

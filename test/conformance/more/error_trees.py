# rule: errors of nested groups are a tree in order of completion; a group in a gather; an error with its own message through a chain of awaits
import asyncio

async def fails(text, turns=0):
    for _ in range(turns):
        await asyncio.sleep(0)
    raise ValueError(text)

async def cleanup(text):
    try:
        await asyncio.sleep(5)
    finally:
        raise OSError(text)

async def inner():
    async with asyncio.TaskGroup() as g:
        g.create_task(fails("inner 1"))
        g.create_task(cleanup("inner cleanup"))

async def outer():
    async with asyncio.TaskGroup() as g:
        g.create_task(inner())
        g.create_task(cleanup("outer cleanup"))
        g.create_task(fails("outer late", 1))

def show(e, depth=0):
    if isinstance(e, BaseExceptionGroup):
        print("  " * depth + "group", len(e.exceptions))
        for c in e.exceptions:
            show(c, depth + 1)
    else:
        print("  " * depth + str(e))

async def chain(n):
    if n == 0:
        await asyncio.sleep(0)
        raise ValueError("from the depth")
    return await asyncio.create_task(chain(n - 1))

async def main():
    try:
        await outer()
    except BaseExceptionGroup as e:
        show(e)
    for e in await asyncio.gather(fails("g1", 2), inner(), fails("g2"), return_exceptions=True):
        show(e)
    try:
        await chain(5)
    except ValueError as e:
        print("chain", e)

asyncio.run(main())

# rule: run: a main that is cancelled by its child, by itself, by its own hand; a leftover that awaits another one; main's value when leftovers fail
import asyncio

async def killer(main_task):
    main_task.cancel("from a child")

async def by_child():
    asyncio.create_task(killer(asyncio.current_task()))
    await asyncio.sleep(5)

async def by_itself():
    asyncio.current_task().cancel()
    return "value is lost"

async def raises():
    raise asyncio.CancelledError("raised")

async def inner():
    try:
        await asyncio.sleep(5)
    finally:
        print("inner ends")

async def outer(t):
    try:
        await t
    except asyncio.CancelledError:
        print("outer ends")
        raise

async def chained():
    t = asyncio.create_task(inner())
    keep.append(asyncio.create_task(outer(t)))
    await asyncio.sleep(0.01)
    return "chained"

keep = []
for f in by_child, by_itself, raises, chained:
    try:
        print(f.__name__, asyncio.run(f()))
    except asyncio.CancelledError as e:
        print(f.__name__, "CancelledError", e)

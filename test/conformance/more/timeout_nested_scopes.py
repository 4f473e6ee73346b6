# rule: limits and groups inside each other: a child's own limit, a limit inside a group's body, an outer limit that strikes while a child cleans up
import asyncio

async def child(name, limit, work=5.0):
    try:
        async with asyncio.timeout(limit):
            await asyncio.sleep(work)
        print(name, "done")
    except TimeoutError:
        print(name, "timed out", asyncio.current_task().cancelling())

async def slow_cleanup():
    try:
        await asyncio.sleep(5)
    finally:
        print("cleanup begins")
        await asyncio.sleep(0.03)
        print("cleanup ends")

async def fails(seconds):
    await asyncio.sleep(seconds)
    raise ValueError("child")

async def main():
    me = asyncio.current_task()
    async with asyncio.TaskGroup() as g:
        g.create_task(child("a", 0.01))
        g.create_task(child("b", 5, 0.12))
        try:
            async with asyncio.timeout(0.06):
                await asyncio.sleep(5)
        except TimeoutError:
            print("body timed out", me.cancelling())
    try:
        async with asyncio.timeout(0.01) as tm:
            async with asyncio.TaskGroup() as g:
                g.create_task(slow_cleanup())
    except TimeoutError:
        print("outer", int(tm.expired()), me.cancelling())
    try:
        async with asyncio.timeout(0.02):
            async with asyncio.TaskGroup() as g:
                g.create_task(fails(0.01))
                g.create_task(slow_cleanup())
    except TimeoutError:
        print("TimeoutError", me.cancelling())
    except ExceptionGroup as e:
        print("group", *e.exceptions, me.cancelling())
    try:
        async with asyncio.timeout(0.01) as outer:
            async with asyncio.timeout(0.02) as inner:
                await asyncio.sleep(5)
    except TimeoutError:
        print("the outer one", int(outer.expired()), int(inner.expired()), me.cancelling())
    try:
        async with asyncio.timeout(0.02) as outer:
            try:
                async with asyncio.timeout(0.01) as inner:
                    await asyncio.sleep(5)
            except TimeoutError:
                print("the inner one", int(outer.expired()), int(inner.expired()), me.cancelling())
            await asyncio.sleep(5)
    except TimeoutError:
        print("and then the outer one", me.cancelling())

asyncio.run(main())

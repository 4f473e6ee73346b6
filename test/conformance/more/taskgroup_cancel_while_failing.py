# rule: a child that fails while its group's parent is being cancelled: the errors come out and the parent is cancelled at its next await
import asyncio

async def cleanup_fails():
    try:
        await asyncio.sleep(5)
    finally:
        raise ValueError("cleanup")

async def parent():
    me = asyncio.current_task()
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(cleanup_fails())
            await asyncio.sleep(5)
    except BaseExceptionGroup as e:
        print("group", len(e.exceptions), e.exceptions[0], me.cancelling())
    except asyncio.CancelledError as e:
        print("cancelled", me.cancelling())
    try:
        await asyncio.sleep(0)
        print("went on")
    except asyncio.CancelledError:
        print("cancelled at the next await")
        raise

async def in_exit():
    me = asyncio.current_task()
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(cleanup_fails())
    except BaseExceptionGroup as e:
        print("group", len(e.exceptions), e.exceptions[0], me.cancelling())
    except asyncio.CancelledError:
        print("cancelled", me.cancelling())
    try:
        await asyncio.sleep(0)
        print("went on")
    except asyncio.CancelledError as e:
        print("cancelled at the next await")
        raise

async def main():
    for f in parent, in_exit:
        t = asyncio.create_task(f())
        await asyncio.sleep(0.01)
        t.cancel("outside")
        try:
            await t
            print("returned")
        except asyncio.CancelledError as e:
            print("main sees cancelled", int(t.cancelled()))

asyncio.run(main())

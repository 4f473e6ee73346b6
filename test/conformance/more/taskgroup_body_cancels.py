# rule: a body that ends with a cancellation of its own cancels the children and passes it on; a body error beside a child's error; a group in a finished loop of work
import asyncio

async def child(n):
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        print("child", n, "cancelled")
        raise

async def fails(text):
    raise ValueError(text)

async def main():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(child(1))
            await asyncio.sleep(0)
            raise asyncio.CancelledError("own")
    except asyncio.CancelledError as e:
        print("own cancellation", e, asyncio.current_task().cancelling())
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(child(2))
            g.create_task(fails("child"))
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                raise OSError("body")
    except* (ValueError, OSError) as e:
        print("both", *e.exceptions)
    print("cancelling", asyncio.current_task().cancelling())
    try:
        async with asyncio.TaskGroup() as g:
            t = g.create_task(child(3))
            await asyncio.sleep(0)
            t.cancel()
            await asyncio.sleep(0.01)
            print("body goes on", int(t.cancelled()))
    finally:
        print("no error")
    async with asyncio.TaskGroup() as g:
        pass
    print("empty group")

asyncio.run(main())

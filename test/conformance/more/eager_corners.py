# rule: eager tasks: nested, cancelled by their first step, awaiting a done future, named, with callbacks; all_tasks in the first step; under a time limit
import asyncio

async def leaf(name):
    t = asyncio.current_task()
    print(name, "in", int(t in asyncio.all_tasks()), int(t.done()))
    return name

async def nested():
    print("nested begins")
    t = asyncio.create_task(leaf("leaf of nested"))
    print("nested sees", int(t.done()))
    await asyncio.sleep(0)
    print("nested ends", await t)

async def cancels_itself():
    asyncio.current_task().cancel()
    print("goes on")
    await asyncio.sleep(0)
    print("never")

async def waits(f):
    print("waits", await f)
    return "value"

async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    t = asyncio.create_task(nested())
    print("main goes on", int(t.done()))
    await t
    t = asyncio.create_task(cancels_itself())
    print("not yet", int(t.done()), t.cancelling())
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled", int(t.cancelled()))
    f = loop.create_future()
    f.set_result("at once")
    t = asyncio.create_task(waits(f), name="named")
    t.add_done_callback(lambda t: print("callback", t.get_name(), t.result()))
    print("done", int(t.done()))
    await asyncio.sleep(0)
    f = loop.create_future()
    t = asyncio.create_task(waits(f))
    loop.call_soon(f.set_result, "later")
    try:
        async with asyncio.timeout(0.01):
            await t
            await asyncio.create_task(asyncio.sleep(5))
    except TimeoutError:
        print("TimeoutError")
    t = asyncio.create_task(leaf("last"))
    t.cancel()
    print(await t, int(t.cancelled()))

asyncio.run(main())

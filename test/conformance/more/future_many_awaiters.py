# rule: a future with callbacks and several awaiters: order of all; cancelling one awaiter cancels it for all; settling errors; results of pending ones
import asyncio

async def awaiter(name, f):
    try:
        print(name, "got", await f)
    except asyncio.CancelledError:
        print(name, "cancelled", asyncio.current_task().cancelling())
    except ValueError as e:
        print(name, "ValueError", e)

async def main():
    loop = asyncio.get_running_loop()
    f = loop.create_future()
    f.add_done_callback(lambda f: print("callback 1"))
    tasks = [asyncio.create_task(awaiter("a", f)), asyncio.create_task(awaiter("b", f))]
    await asyncio.sleep(0)
    f.add_done_callback(lambda f: print("callback 2"))
    for attempt in f.result, f.exception:
        try:
            attempt()
        except asyncio.InvalidStateError:
            print("InvalidStateError")
    f.set_result("value")
    print("set", int(f.done()), int(f.cancel()))
    try:
        f.set_exception(ValueError("no"))
    except asyncio.InvalidStateError:
        print("InvalidStateError")
    await asyncio.wait(tasks)
    f = loop.create_future()
    tasks = [asyncio.create_task(awaiter(n, f)) for n in "cde"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    print("cancelled at once", int(f.cancelled()))
    await asyncio.wait(tasks)
    f = loop.create_future()
    tasks = [asyncio.create_task(awaiter(n, f)) for n in "fg"]
    await asyncio.sleep(0)
    f.set_exception(ValueError("broken"))
    tasks[0].cancel()
    await asyncio.wait(tasks)
    print(int(f.cancelled()), f.exception())
    f = loop.create_future()
    f.cancel("reason")
    try:
        await f
    except asyncio.CancelledError as e:
        print("cancelled future", e, asyncio.current_task().cancelling())

asyncio.run(main())

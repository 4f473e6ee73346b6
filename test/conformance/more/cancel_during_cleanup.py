# rule: a second cancel during cleanup ends the cleanup's await; an error replaces the cancellation; a return after it swallows; cancel from the task's own callback is too late
import asyncio

async def patient(name):
    try:
        await asyncio.sleep(5)
    finally:
        print(name, "cleanup begins")
        try:
            await asyncio.sleep(0.02)
            print(name, "cleanup ends")
        except asyncio.CancelledError as e:
            print(name, "cleanup cancelled", e)
            raise

async def returns():
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        return "swallowed"

async def replaces():
    try:
        await asyncio.sleep(5)
    finally:
        await asyncio.sleep(0)
        raise ValueError("instead")

async def outcome(name, t):
    try:
        print(name, "result", await t, int(t.cancelled()), t.cancelling())
    except asyncio.CancelledError as e:
        print(name, "CancelledError", e, int(t.cancelled()), t.cancelling())
    except ValueError as e:
        print(name, "ValueError", e, int(t.cancelled()), t.cancelling())

async def main():
    once = asyncio.create_task(patient("once"))
    twice = asyncio.create_task(patient("twice"))
    await asyncio.sleep(0)
    once.cancel("1")
    twice.cancel("1")
    await asyncio.sleep(0)
    twice.cancel("2")
    await outcome("once", once)
    await outcome("twice", twice)
    for f in returns, replaces:
        t = asyncio.create_task(f())
        await asyncio.sleep(0)
        t.cancel()
        await outcome(f.__name__, t)
    t = asyncio.create_task(asyncio.sleep(0))
    t.add_done_callback(lambda t: print("too late", int(t.cancel()), int(t.cancelled())))
    await t
    await asyncio.sleep(0)
    me = asyncio.current_task()
    me.cancel("myself")
    print("still running", me.cancelling())
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError as e:
        print("then", e, me.cancelling(), me.uncancel())
    await asyncio.sleep(0)
    print("end")

asyncio.run(main())

# rule: run_coroutine_threadsafe from a thread: value, error, time-out and cancel; from a closed loop; to_thread's error; wrap_future cancelled from here
import asyncio, concurrent.futures, threading, time

async def value(n, seconds=0.0):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        await asyncio.sleep(0.1)  # the thread's line comes first
        print("coroutine cancelled", n)
        raise
    if n < 0:
        raise ValueError("negative")
    return n

def in_thread(loop):
    print("value", asyncio.run_coroutine_threadsafe(value(1), loop).result(5))
    try:
        asyncio.run_coroutine_threadsafe(value(-1), loop).result(5)
    except ValueError as e:
        print("error", e)
    f = asyncio.run_coroutine_threadsafe(value(2, 5), loop)
    try:
        f.result(0.02)
    except TimeoutError:
        print("timed out", int(f.done()), int(f.cancel()), int(f.cancelled()))
    time.sleep(0.4)
    return "thread's value"

def fails(text):
    raise ValueError(text)

async def main():
    loop = asyncio.get_running_loop()
    print(await asyncio.to_thread(in_thread, loop))
    try:
        await asyncio.to_thread(fails, "in the thread")
    except ValueError as e:
        print("ValueError", e)
    for cancel_first in 0, 1:
        cf = concurrent.futures.Future()
        f = asyncio.wrap_future(cf)
        if cancel_first:
            f.cancel()
            await asyncio.sleep(0)
            print("wrapped cancelled", int(cf.cancelled()))
        else:
            loop.call_later(0.01, cf.set_result, "set")
            print("wrapped", await f)
    return loop

loop = asyncio.run(main())
c = value(3)
try:
    asyncio.run_coroutine_threadsafe(c, loop)
except RuntimeError:
    print("closed: RuntimeError")
c.close()

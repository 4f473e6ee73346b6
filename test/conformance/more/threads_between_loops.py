# rule: a coroutine in another thread's loop: its result, its error, its cancellation from here and from there, and a loop that stops
import asyncio, threading

def start_loop():
    loop = asyncio.new_event_loop()
    def run():
        loop.run_forever()
        print("stopped", int(loop.is_running()), int(loop.is_closed()))
        loop.close()
    t = threading.Thread(target=run)
    t.start()
    return loop, t

async def add(a, b):
    await asyncio.sleep(0.001)
    return a + b

async def fail():
    await asyncio.sleep(0)
    raise ValueError("not there")

begun = threading.Event()

async def stubborn():
    begun.set()
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print("there: cancelled")
        await asyncio.sleep(0.001)
        print("there: cleaned up")
        raise

async def gives_up():
    raise asyncio.CancelledError("by itself")

async def back(home):
    n = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(add(10, 20), home))
    return n + 1

async def main():
    home = asyncio.get_running_loop()
    loop, t = start_loop()
    there = lambda c: asyncio.wrap_future(asyncio.run_coroutine_threadsafe(c, loop))
    print(await there(add(1, 2)))
    try:
        await there(fail())
    except ValueError as e:
        print("ValueError", e)
    print(await asyncio.gather(there(add(1, 1)), there(add(2, 2)), there(add(3, 3))))
    print(await there(back(home)))
    try:
        await there(gives_up())
    except asyncio.CancelledError:
        print("here: CancelledError")
    c = asyncio.run_coroutine_threadsafe(stubborn(), loop)
    begun.wait()
    cancel = [int(c.cancel()), int(c.cancelled()), int(c.cancel())]
    await asyncio.sleep(0.05)
    print("cancel", *cancel)
    print(await there(add(4, 4)))
    loop.call_soon_threadsafe(loop.stop)
    await asyncio.to_thread(t.join)
    print("closed", int(loop.is_closed()))
    c = add(1, 1)
    try:
        asyncio.run_coroutine_threadsafe(c, loop)
    except RuntimeError:
        print("closed: RuntimeError")
        c.close()

asyncio.run(main())

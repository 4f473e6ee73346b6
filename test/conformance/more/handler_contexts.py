# rule: what the exception handler is told for callbacks, timers, readers, signals and done callbacks; NULL restores the default; a handler that reports again
import asyncio, os, signal

class Boom(Exception): pass

def keys(c):
    return " ".join(sorted(k for k in c if k in ("exception", "future", "task", "handle")))

async def main():
    loop = asyncio.get_running_loop()
    def handler(l, c):
        print(c["message"].split(" main")[0].split(" None")[0], "|", repr(c.get("exception")), "|", keys(c))
    loop.set_exception_handler(handler)
    def boom(text):
        raise ValueError(text)
    loop.call_soon(boom, "soon")
    loop.call_later(0, boom, "later")
    await asyncio.sleep(0.01)
    r, w = os.pipe()
    def reader():
        loop.remove_reader(r)
        boom("reader")
    loop.add_reader(r, reader)
    os.write(w, b"x")
    await asyncio.sleep(0.01)
    loop.add_signal_handler(signal.SIGUSR1, boom, "signal")
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.sleep(0.01)
    f = loop.create_future()
    f.add_done_callback(lambda f: boom("done"))
    f.set_result(None)
    await asyncio.sleep(0.01)
    loop.call_exception_handler({"message": "my own", "future": f})
    def failing(l, c):
        print("failing handler called", c["message"].split(" main")[0].split("(")[0])
        raise ValueError("handler")
    loop.set_exception_handler(failing)
    loop.call_exception_handler({"message": "first"})
    loop.call_soon(boom, "after")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    print("default", int(loop.get_exception_handler() is None))
    os.close(r); os.close(w)

asyncio.run(main())

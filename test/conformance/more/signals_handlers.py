# rule: signal handlers: replaced, removed twice, of numbers that are none or can't be caught; two signals in one turn; a handler that fails; one that stops a wait
import asyncio, os, signal

def attempt(label, f):
    try:
        print(label, int(bool(f())))
    except (ValueError, RuntimeError) as e:
        print(label, "error")

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda l, c: print("handler:", c["exception"]))
    for n in (0, 1000, signal.SIGKILL, signal.SIGSTOP):
        attempt(f"add {int(n)}", lambda: loop.add_signal_handler(n, print))
    loop.add_signal_handler(signal.SIGUSR1, print, "first")
    loop.add_signal_handler(signal.SIGUSR1, print, "second")
    loop.add_signal_handler(signal.SIGUSR2, print, "usr2")
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR2)
    print("sent")
    await asyncio.sleep(0.01)
    attempt("remove", lambda: loop.remove_signal_handler(signal.SIGUSR2))
    attempt("again", lambda: loop.remove_signal_handler(signal.SIGUSR2))
    def fails():
        raise ValueError("in handler")
    loop.add_signal_handler(signal.SIGUSR1, fails)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.sleep(0.01)
    e = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, e.set)
    loop.call_later(0.01, os.kill, os.getpid(), signal.SIGUSR1)
    print(int(await asyncio.wait_for(e.wait(), 5)))
    attempt("remove", lambda: loop.remove_signal_handler(signal.SIGUSR1))
    print("default again", int(signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL))

asyncio.run(main())

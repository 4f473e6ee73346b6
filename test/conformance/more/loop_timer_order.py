# rule: past deadlines are due at once, by deadline; what a timer sets waits for the next turn; call_soon goes before
import asyncio

async def main():
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    t = loop.time() + 0.02
    def say(text): print(text)
    loop.call_at(t, say, "1")
    loop.call_at(t + 0.001, say, "later")
    loop.call_at(t + 0.0005, say, "2")
    first = loop.call_at(t - 0.001, say, "earlier")
    gone = loop.call_at(t, say, "cancelled")
    gone.cancel()
    print(int(gone.cancelled()), int(first.when() == t - 0.001), int(first.cancelled()))
    loop.call_later(-5, say, "past, minus 5")
    loop.call_at(0, say, "past, at 0")
    loop.call_later(0, say, "zero")
    loop.call_soon(say, "soon")
    def chain(n):
        print("chain", n)
        if n < 3:
            loop.call_later(0, chain, n + 1)
            loop.call_soon(say, f"soon after chain {n}")
    loop.call_later(0.03, chain, 1)
    loop.call_later(0.05, done.set)
    await done.wait()

asyncio.run(main())

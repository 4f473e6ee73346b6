# rule: random programs of async generators that tasks share, some of which are cancelled
import asyncio
import sys

M = (1 << 64) - 1


class Random:
    def __init__(self, seed):
        self.x = (seed * 0x9E3779B97F4A7C15 + 1) & M

    def below(self, n):
        self.x = (self.x * 6364136223846793005 + 1442695040888963407) & M
        return (self.x >> 33) % n


trace = []


def tell(*words):
    trace.append(" ".join(map(str, words)))


def played(seed):
    """a line for each seed; with an argument, the whole trace of that one"""
    if len(sys.argv) > 1:
        print("\n".join(trace))
        return
    h = 0xCBF29CE484222325
    for c in ("\n".join(trace) + "\n").encode():
        h = ((h ^ c) * 0x100000001B3) & M
    print(f"seed {seed}: {len(trace)} lines, {h:016x}")


def seeds():
    return [int(sys.argv[1])] if len(sys.argv) > 1 else range(1, 101)


async def body(seed, ids, depth):
    ids[0] += 1
    me = ids[0]
    r = Random(seed * 1000 + me)
    tell(f"b{me} begins")
    try:
        for step in range(r.below(7)):
            what = r.below(7)
            try:
                if what <= 2:
                    got = yield me * 10 + step
                    tell(f"b{me} got {got}")
                elif what <= 4:
                    await asyncio.sleep(0)
                    tell(f"b{me} slept")
                elif what == 5 and r.below(5) == 0:
                    raise KeyError
                elif what == 6 and depth > 0:
                    inner = body(seed, ids, depth - 1)
                    try:
                        async for v in inner:
                            tell(f"b{me} inner {v}")
                            yield v
                    finally:
                        await inner.aclose()
            except ValueError:
                tell(f"b{me} caught")
                if r.below(2):
                    raise
    finally:
        tell(f"b{me} cleans")
        await asyncio.sleep(0)
        tell(f"b{me} ends")


async def ask(w, awaitable):
    try:
        tell(f"w{w} ->", await awaitable)
    except StopAsyncIteration:
        tell(f"w{w} -> Stop")
    except (ValueError, KeyError, RuntimeError, TypeError) as error:
        tell(f"w{w} ->", type(error).__name__)


async def worker(seed, w, made):
    r = Random(seed * 77 + w)
    try:
        for k in range(10):
            i, what = r.below(3), r.below(10)
            g = made[i]
            tell(f"w{w} {what} to {i}")
            if what <= 4:
                await ask(w, g.__anext__())
            elif what <= 6:
                await ask(w, g.asend(k + 1))
            elif what == 7 and r.below(2) == 0:
                if g.ag_frame is not None:
                    await ask(w, g.athrow(ValueError))
            elif what == 8 and r.below(3) == 0:
                await ask(w, g.aclose())
            else:
                await asyncio.sleep(0)
    except asyncio.CancelledError:
        tell(f"w{w} cancelled")
        raise
    tell(f"w{w} done")


async def play(seed):
    ids = [0]
    trace.clear()
    r = Random(seed)
    made = [body(seed, ids, 1) for _ in range(3)]
    workers = [asyncio.create_task(worker(seed, w, made)) for w in range(3)]
    for _ in range(r.below(6)):
        for _ in range(r.below(8)):
            await asyncio.sleep(0)
        i = r.below(3)
        tell("cancel", i)
        workers[i].cancel()
    await asyncio.wait(workers)
    for i, g in enumerate(made):
        tell("close", i)
        await ask(9, g.aclose())
    played(seed)


for seed in seeds():
    asyncio.run(play(seed))

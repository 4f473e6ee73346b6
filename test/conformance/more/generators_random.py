# rule: random programs of generators: what is sent, thrown and closed, through yield from
import inspect
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



def body(seed, ids, depth):
    ids[0] += 1
    me = ids[0]
    r = Random(seed * 1000 + me)
    tell(f"b{me} begins")
    try:
        for step in range(r.below(6)):
            what = r.below(7)
            try:
                if what <= 2:
                    got = yield me * 10 + step
                    tell(f"b{me} got {got}")
                elif what == 3 and depth > 0:
                    v = yield from body(seed, ids, depth - 1)
                    tell(f"b{me} inner {v}")
                elif what == 4 and r.below(3) == 0:
                    raise KeyError
                elif what == 5 and r.below(2) == 0:
                    return me
                elif what == 6:
                    yield None
                    tell(f"b{me} goes on")
            except ValueError:
                tell(f"b{me} caught")
                if r.below(2):
                    raise
    finally:
        tell(f"b{me} ends")
    return me


def ask(call, *arguments):
    try:
        tell("->", call(*arguments))
    except StopIteration as end:
        tell("-> Stop", end.value)
    except (ValueError, KeyError, RuntimeError, TypeError, GeneratorExit) as error:
        tell("->", type(error).__name__)


def play(seed):
    ids = [0]
    trace.clear()
    r = Random(seed)
    made = [body(seed, ids, 2) for _ in range(4)]
    for k in range(50):
        i, what = r.below(4), r.below(12)
        g = made[i]
        tell(f"{what} to {i}, {inspect.getgeneratorstate(g).split('_')[1]}")
        if what <= 4:
            ask(g.send, None)
        elif what <= 6:
            ask(g.send, k + 1)
        elif what == 7:
            ask(g.throw, ValueError)
        elif what == 8 and r.below(3) == 0:
            ask(g.throw, KeyError)
        elif what == 9 and r.below(2) == 0:
            ask(g.close)
        elif what == 10:
            g = made[i] = None
            made[i] = body(seed, ids, 2)
        elif what == 11 and r.below(4) == 0:
            ask(g.throw, GeneratorExit)
    for i in range(4):
        tell("free", i)
        g = made[i] = None
    played(seed)


for seed in seeds():
    play(seed)

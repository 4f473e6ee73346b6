"""Cost per operation as work grows, in decades: yields and starts of 10 to 1,000,000 tasks, as many timers in a second, echo on 10 to 100,000
connections.

Nothing may grow faster than the logarithm of the number: each step of ten is judged. From 10^k to 10^(k+1) a logarithm grows by (k+1)/k; what
grows more, while plain C does too, is caches and page tables; what grows more than either is worse.
"""
import copy
import math
import resource

from . import count, echo, measure, servers
from .measure import Row
from .svg import curve

MILLION = 1000000
ROUNDS = 3  # a curve is read by its shape
NOISE = 1.1
COUNTED = 10000  # so many at once at most are counted, because it may be Valgrind that counts
DECADES = [10 ** power for power in range(1, 7)]


def grow(rows, settings, topic, sizes, contenders, command):
    """command(size, contender's name): (WHAT, N). A row's `what` is the size."""
    counts = settings.counts and topic != "curve: timer"  # the number of timers is the size
    for size in sizes:
        for _ in range(settings.rounds):
            for contender in contenders:
                what, n = command(size, contender.name)
                result = measure.one(contender, what, n)
                if result is None:
                    continue
                row = next((r for r in rows.of(topic, f"{size:,}") if r.contender == contender.name), None)
                if row is None:
                    row = Row(topic, f"{size:,}", contender.name, contender.kind, "ns", [])
                    rows.append(row)
                row.values.append(result["cpu"] * 1e9 / n)
                if counts and size <= COUNTED and contender.native and row.instructions is None:
                    row.syscalls, row.instructions = count.per_operation(settings.ways, contender, what, n)
        measure.tell_all(rows, topic, f"{size:,}")


def connections(rows, settings, peers):
    taking_part = echo.limits(peers) + peers.coil("echo_coil") + peers.go("echo")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    for count in DECADES[:5]:
        if count + 100 > files:
            rows.skip(f"curve: echo, {count:,} connections: a process may have {files:,} open files here")
            continue
        servers.contest(rows, settings, peers.load, taking_part, count, 64, "curve: echo", f"{count:,}")


def curves(rows, settings, peers):
    settings = copy.copy(settings)
    settings.rounds = settings.pairs = min(ROUNDS, settings.rounds)
    limit, coil, go = peers.program("limit_tasks", "bare", "limit"), peers.program("tasks", "Coil", "coil"), peers.go("tasks")
    libuv = peers.program("peer_tasks_libuv", "libuv", "peer")
    grow(rows, settings, "curve: yield", DECADES, coil + limit + go, lambda size, _: (f"yield among {size} tasks", 4 * MILLION))
    grow(rows, settings, "curve: start and join", DECADES, coil + limit + go, lambda size, _: (f"start {size} tasks, join them", MILLION))
    grow(rows, settings, "curve: timer", DECADES, coil + limit + go + libuv,
         lambda size, name: ("timer, grain of 1 ms" if name == "libuv" else "timer, exact", size))
    settings.counts = False
    connections(rows, settings, peers)
    for topic in PICTURES:
        for line in verdicts(rows, topic):
            print(f"{topic}: {line}", flush=True)


def steps(rows, topic, contender):
    """{size: growth from it to ten times it}"""
    cost = {int(row.what.replace(",", "")): row.median() for row in rows if row.topic == topic and row.contender == contender}
    return {size: cost[10 * size] / value for size, value in cost.items() if 10 * size in cost and value > 0}


def verdicts(rows, topic):
    """a line for each contender of Coil's: its growth by steps, and which are worse than a logarithm and than plain C"""
    mine = [row for row in rows if row.topic == topic]
    limits = [steps(rows, topic, name) for name in dict.fromkeys(r.contender for r in mine if r.kind == "limit")]
    for name in dict.fromkeys(r.contender for r in mine if r.kind == "coil"):
        words, worse = [], []
        for size, growth in steps(rows, topic, name).items():
            logarithm = 1 + 1 / math.log10(size)
            plain = max((limit[size] for limit in limits if size in limit), default=0)
            kind = "" if growth <= logarithm * NOISE else f" (plain C {plain:.2f})" if growth <= plain * NOISE else " (worse)"
            worse += [f"{size:,} to {10 * size:,}"] if kind == " (worse)" else []
            words.append(f"{growth:.2f}{kind}")
        if words:
            yield (f"{name} grows by {', '.join(words)} from decade to decade; "
                   f"{'worse than a logarithm and than plain C: ' + ', '.join(worse) if worse else 'no step is worse than a logarithm'}"
                   f"{'' if worse or not any('plain' in w for w in words) else ' or than plain C'}.")


PICTURES = {"curve: yield": ("A yield", "tasks at once", "CPU ns per yield"),
            "curve: start and join": ("A task that is started and joined", "tasks at once", "CPU ns per task"),
            "curve: timer": ("Timers over one second", "timers", "CPU ns per timer"),
            "curve: echo": ("TCP echo of 64 bytes", "connections", "server CPU us per message")}


def pictures(rows):
    """{topic: SVG} of what was measured"""
    drawn = {}
    for topic, titles in PICTURES.items():
        lines = {}
        for row in rows:
            if row.topic == topic:
                lines.setdefault(row.contender, []).append((int(row.what.replace(",", "")), max(row.median(), 0.01)))
        if lines:
            drawn[topic] = curve(*titles, lines)
    return drawn

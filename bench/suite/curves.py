"""Cost per operation as work grows, in decades: yields and starts of 10 to 1,000,000 tasks, as many timers in a second, echo on 10 to 100,000
connections. A step that costs more than the logarithm of the number shows as a bend upwards; what bends at 1,000 and 100,000 are caches."""
import resource

from . import echo, measure, servers
from .measure import Row
from .svg import curve

MILLION = 1000000
DECADES = [10 ** power for power in range(1, 7)]


def grow(rows, settings, topic, sizes, contenders, command):
    """command(size, contender's name): (WHAT, N). A row's `what` is the size."""
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
    limit, coil, go = peers.program("limit_tasks", "bare", "limit"), peers.program("tasks", "Coil", "coil"), peers.go("tasks")
    libuv = peers.program("peer_tasks_libuv", "libuv", "peer")
    grow(rows, settings, "curve: yield", DECADES, coil + limit + go, lambda size, _: (f"yield among {size} tasks", 4 * MILLION))
    grow(rows, settings, "curve: start and join", DECADES, coil + go, lambda size, _: (f"start {size} tasks, join them", MILLION))
    grow(rows, settings, "curve: timer", DECADES, coil + limit + go + libuv,
         lambda size, name: ("timer, grain of 1 ms" if name == "libuv" else "timer, exact", size))
    connections(rows, settings, peers)


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

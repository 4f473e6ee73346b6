"""Tasks: yields, starting and joining, hand-overs between two of them, timers, and what a parked one holds. CPU time counts."""
import copy

from . import measure
from .measure import Row

MILLION = 1000000
SCHEDULING = {"yield, 2 tasks": 10 * MILLION, "yield, 1,000 tasks": 10 * MILLION, "yield, 10,000 tasks": 10 * MILLION,
              "yield, 1,000 tasks, a timer, 1,000 idle sockets": 10 * MILLION,
              "start and join a task": 4 * MILLION, "next of a generator": 4 * MILLION}
HANDOVER = ("event", "semaphore", "lock and yield", "queue of one place")
ROUNDS_OF_TIMERS = 3  # each is a second and more
TIMERS = ("timer, exact", "timer, grain of 1 ms")


def peers_with_tasks(peers):
    return peers.tokio("tasks") + peers.go("tasks") + peers.script("node", "tasks.js", "node") + peers.asyncio("tasks.py")


def scheduling(rows, settings, peers):
    taking_part = peers.program("limit_tasks", "bare switch", "limit") + peers.program("tasks", "Coil", "coil") + peers_with_tasks(peers)
    for what, n in SCHEDULING.items():
        measure.contest(rows, settings, "scheduling", what, n, taking_part)


def handover(rows, settings, peers):
    taking_part = peers.program("handover", "Coil", "coil") + peers_with_tasks(peers)
    for what in HANDOVER:
        measure.contest(rows, settings, "hand-overs", what, 4 * MILLION, taking_part)


def timers(rows, settings, peers):
    """All have the same number over the same second, because the cost of one grows with the number."""
    settings = copy.copy(settings)
    settings.rounds = min(ROUNDS_OF_TIMERS, settings.rounds)
    taking_part = (peers.program("limit_tasks", "bare heap", "limit") + peers.program("tasks", "Coil", "coil") +
                   peers.program("peer_tasks_libuv", "libuv", "peer") + peers_with_tasks(peers))
    for what in TIMERS:
        measure.contest(rows, settings, "timers", what, MILLION, [measure.in_full(c) for c in taking_part])


def parked(rows, settings, peers):
    """Resident memory and page tables of each of so many parked tasks, and the time to make one."""
    n = MILLION
    taking_part = (peers.program("limit_tasks", "bare contexts", "limit") + peers.program("tasks", "Coil", "coil") +
                   peers.program("tasks", "Coil, stacks of 64 KiB", "coil", [("COIL_STACK_SIZE", "65536")]) +
                   peers.program("tasks", "Coil, stacks asleep", "coil", [("COIL_SLEEP_STACKS", "0")]) + peers_with_tasks(peers))
    memory, making = f"memory of each of {n:,}", f"making each of {n:,}"
    found = {what: {} for what in (memory, making)}
    for _ in range(min(3, settings.rounds)):  # memory does not vary
        for contender in list(taking_part):
            result = measure.one(contender, "parked", n)
            if result is None:
                taking_part.remove(contender)
                continue
            for what, unit, value in ((memory, "KiB", result["kib"] / n), (making, "us", result.get("cpu", 0) * 1e6 / n)):
                row = found[what].setdefault(contender.name, Row("parked tasks", what, contender.name, contender.kind, unit, []))
                row.values.append(value)
    for what, its_rows in found.items():
        rows.extend(row for row in its_rows.values() if any(row.values))
        measure.tell_all(rows, "parked tasks", what)

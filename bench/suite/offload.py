"""Jobs elsewhere: an empty one in another thread and in another process, there and back, wall time; and whether two workers do two long
jobs in the time of one. Nobody is pinned: the machine places the threads of all contenders alike."""
import dataclasses

from . import measure
from .measure import Row

ROUND_TRIPS = 20000


def offload(rows, settings, peers):
    python = [dataclasses.replace(c, share=0.2) for c in peers.asyncio("tasks.py")]
    coil = peers.program("offload", "Coil", "coil")
    limit = peers.program("limit_offload", "bare futex pair", "limit")
    watching = peers.watching("offload")
    threads = limit + coil + watching + peers.program("peer_tasks_libuv", "libuv", "peer") + peers.tokio("tasks") + peers.go("tasks", 2) + python
    measure.contest(rows, settings, "round trip to a worker", "thread", ROUND_TRIPS, threads, "us", "wall")
    measure.contest(rows, settings, "round trip to a worker", "process", ROUND_TRIPS, limit + coil + watching + python, "us", "wall")
    two_jobs(rows, settings, coil)


def two_jobs(rows, settings, coil):
    """the wall time of two jobs on two workers, as a multiple of one"""
    for contender in coil:
        row = Row("two long jobs on two workers", "against one", contender.name, contender.kind, "times", [])
        for _ in range(settings.rounds):
            row.values.append(measure.one(contender, "two jobs", 1)["wall"] / measure.one(contender, "one job", 1)["wall"])
        rows.append(row)
        measure.tell(rows, row)

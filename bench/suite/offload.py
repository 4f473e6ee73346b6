"""Jobs elsewhere: an empty one in another thread and in another process, there and back, wall time; and whether two workers do two long
jobs in the time of one.

Whether the two ends share a CPU decides more than who the contender is: so both are measured, loop and worker placed alike for all contenders
whose threads can be told apart; and once more as the machine places them, for everybody."""
import dataclasses
import os

from . import measure
from .measure import Row

TOPIC = "round trip to a worker"
ROUND_TRIPS = 20000


def offload(rows, settings, peers):
    python = [dataclasses.replace(c, share=0.2) for c in peers.asyncio("tasks.py")]
    coil = peers.program("offload", "Coil", "coil")
    ours = peers.program("limit_offload", "bare futex pair", "limit") + coil + peers.watching("offload")
    libuv = peers.program("peer_tasks_libuv", "libuv", "peer")
    others = {"thread": libuv + peers.tokio("tasks") + peers.go("tasks", 2) + python, "process": python}
    for what, can_be_placed in (("thread", ours + libuv), ("process", ours)):
        for placed in places():
            measure.contest(rows, settings, TOPIC, what, ROUND_TRIPS, can_be_placed, "us", "wall", placed)
        measure.contest(rows, settings, TOPIC, what, ROUND_TRIPS, ours + others[what], "us", "wall")
    two_jobs(rows, settings, coil)


def places():
    """on one CPU, and on two where there are two"""
    yield ", on one CPU", measure.together
    if len(os.sched_getaffinity(0)) > 1:
        yield ", on two CPUs", measure.apart


def two_jobs(rows, settings, coil):
    """the wall time of two jobs on two workers, as a multiple of one"""
    for contender in coil:
        row = Row("two long jobs on two workers", "against one", contender.name, contender.kind, "times", [])
        for _ in range(settings.rounds):
            row.values.append(measure.one(contender, "two jobs", 1)["wall"] / measure.one(contender, "one job", 1)["wall"])
        rows.append(row)
        measure.tell(rows, row)

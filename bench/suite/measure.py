"""What every topic stands on: contenders, their turns (A B C A B C ...), CPU time, and the rows that come of it.

A contender is a program. What counts in a row is `values`, one for each round; `wall`, `syscalls` and `instructions` (of user space) stand
beside it, per operation, where they were taken (count.py); so does the CPU time where the wall time is what counts. Counting has runs of its
own, because it slows the counted down.
"""
import dataclasses
import json
import math
import os
import signal
import statistics
import subprocess
import sys

from . import count
from .count import PATIENCE

LACKS = 77  # exit status of a program for something that the machine lacks


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    kind: str  # limit (plain C without a runtime) | coil | peer
    command: tuple
    env: tuple = ()
    share: float = 1  # of the operations that the fastest do: a slow one would take minutes
    native: bool = False  # made by a compiler, so that Valgrind can count its instructions
    warm: float = 0  # seconds of load before a server is measured, when its code is made while it runs
    size_at: int = 1  # where in a server's command the size of the messages goes

    def environment(self):
        return {**os.environ, **dict(self.env)}


def in_full(contender):
    """for what costs more the more there are: all do the same number"""
    return dataclasses.replace(contender, share=1)


@dataclasses.dataclass
class Row:
    topic: str
    what: str
    contender: str
    kind: str
    unit: str
    values: list
    wall: list = dataclasses.field(default_factory=list)  # beside CPU time that counts
    cpu: list = dataclasses.field(default_factory=list)  # beside wall time that counts
    syscalls: float = None
    instructions: float = None

    def median(self):
        return statistics.median(self.values)


class Rows(list):
    """The rows of one run, and the words about what was left out."""

    def __init__(self):
        super().__init__()
        self.skipped = []

    def skip(self, words):
        if words not in self.skipped:
            self.skipped.append(words)
            print(f"skipped: {words}", flush=True)

    def of(self, topic, what):
        return [row for row in self if (row.topic, row.what) == (topic, what)]

    def paired(self, row):
        """Row by row against the better limit, within each round: (median ratio, low, high), the interval of 95 % for the median by order
        statistics, None for it below six rounds; None when there is no limit."""
        limits = [r for r in self.of(row.topic, row.what) if r.kind == "limit"]
        if not limits:
            return None
        best = min(limits, key=Row.median)
        ratios = sorted(value / other for value, other in zip(row.values, best.values) if other > 0)
        if not ratios:
            return None
        low = rank(len(ratios))
        return (statistics.median(ratios), *((ratios[low], ratios[-1 - low]) if low is not None else (None, None)))

    def limit(self, row):
        """the best median among the limits of the same thing, or None"""
        limits = [r.median() for r in self.of(row.topic, row.what) if r.kind == "limit"]
        return min(limits) if limits else None

    def coil(self, row):
        """Coil's row for the same thing: the first one is how Coil comes by default"""
        return next((r for r in self.of(row.topic, row.what) if r.kind == "coil"), None)


def rank(n):
    """the largest k such that the median lies between the values of ranks k and n - 1 - k with 95 %, whatever the distribution"""
    tail, found = 0.0, None
    for k in range(n // 2):
        tail += math.comb(n, k) / 2 ** n
        if tail > 0.025:
            break
        found = k
    return found


def figure(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def tell(rows, row):
    """one line: median, range, ratio to the limit and to Coil"""
    words = [f"{row.topic}, {row.what}, {row.contender}".ljust(72), f"{figure(row.median()):>8} {row.unit:4}",
             f"{figure(min(row.values))}..{figure(max(row.values))}".ljust(16)]
    limit, coil, paired = rows.limit(row), rows.coil(row), rows.paired(row)
    words.append(f"{row.median() / limit:6.2f} x limit" if limit else " " * 14)
    if paired and row.kind != "limit" and paired[1] is not None:
        words.append(f"in pairs {paired[0]:.3f}, 95 %: {paired[1]:.3f}..{paired[2]:.3f}")
    if row.kind == "peer" and coil:
        words.append(f"{row.median() / coil.median():7.2f} x Coil")
    if row.wall:
        words.append(f"wall {figure(statistics.median(row.wall))}")
    if row.cpu:
        words.append(f"CPU {figure(statistics.median(row.cpu))}")
    if row.syscalls is not None:
        words.append(f"{row.syscalls:.2f} system calls")
    if row.instructions is not None:
        words.append(f"{row.instructions:.0f} instructions")
    print("  ".join(words), flush=True)


def tell_all(rows, topic, what):
    for row in rows.of(topic, what):
        tell(rows, row)


# ---------------------------------------------------------------- CPUs and CPU time ----

def pinned(cpu, command):
    """on this CPU; anywhere when there is only one"""
    if len(os.sched_getaffinity(0)) < 2:
        return list(command)
    return ["taskset", "-c", str(sorted(os.sched_getaffinity(0))[cpu]), *command]


def together(pid):
    """all threads of a process and its descendants on one CPU"""
    place(pid, 0, 0)


def apart(pid):
    """its first thread on one CPU, all other threads and its descendants on another"""
    place(pid, 0, 1)


def place(pid, first, others):
    cpus = sorted(os.sched_getaffinity(0))
    for member in family(pid):
        for thread in map(int, os.listdir(f"/proc/{member}/task")):
            os.sched_setaffinity(thread, {cpus[first if thread == pid else others]})


def cpu_seconds(pid):
    """user and system time of all threads that it has now, from the scheduler's exact sums"""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        except OSError:
            pass  # it ended just now
    return total * 1e-9


def family(pid):
    """the process and its descendants: a server may have workers"""
    children = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                children.setdefault(int(stat.read().rpartition(")")[2].split()[1]), []).append(int(entry))
        except (OSError, ValueError):
            pass  # no process, or it ended just now
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


# ---------------------------------------------------------------- contests of programs ----

def has_stopped(pid):
    """waits until the child stops, or ends, which is left for others to see"""
    return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code == os.CLD_STOPPED


def one(contender, what, n, place=None):
    """one run of `PROGRAM WHAT N`: what its lines say together; None when it does not have this; ends the suite when it fails.
    `place` is called with the pid when all threads and workers are there (bench.h), before anything counts."""
    environment = contender.environment() | ({"BENCH_STOP": "1"} if place else {})
    with subprocess.Popen([*contender.command, what, str(n)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        if place and has_stopped(process.pid):
            place(process.pid)
            os.kill(process.pid, signal.SIGCONT)
        try:
            said = process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    if process.returncode == LACKS:
        return None
    if process.returncode:
        sys.exit(f"bench: {contender.name}: {what} {n}: exit status {process.returncode}")
    return {key: value for line in said.splitlines() for key, value in json.loads(line).items()}


SCALE = {"ns": 1e9, "us": 1e6}


def contest(rows, settings, topic, what, n, contenders, unit="ns", by="cpu", placed=None):
    """`PROGRAM WHAT N` prints {"wall": seconds, "cpu": seconds}; a row holds the time per operation, CPU or wall. `placed` is (words, place):
    the row's name gets the words, and each run is placed so."""
    words, place = placed or ("", None)
    taking_part = list(contenders)
    found = {}
    for _ in range(settings.rounds):
        for contender in list(taking_part):
            share = max(1, int(n * contender.share))
            result = one(contender, what, share, place)
            if result is None:
                taking_part.remove(contender)
                continue
            row = found.setdefault(contender.name, Row(topic, what + words, contender.name, contender.kind, unit, []))
            row.values.append(result[by] * SCALE[unit] / share)
            beside = "wall" if by == "cpu" else "cpu"
            getattr(row, beside).append(result[beside] * SCALE[unit] / share)
    for contender in taking_part:
        row = found[contender.name]
        if settings.counts and not placed:
            row.syscalls, row.instructions = count.per_operation(settings.ways, contender, what, max(1, int(n * contender.share / 4)))
        rows.append(row)
    tell_all(rows, topic, what + words)

"""Counts: system calls and instructions in user space. What a machine's hardware can't count is counted by tools that run the program slowly.

| | hardware counters | without |
| --- | --- | --- |
| system calls | perf stat | strace -c, where perf has no tracepoints either |
| instructions | perf stat | Valgrind (cachegrind): only what a compiler made (C, Rust), and on epoll, as Valgrind does not know io_uring |

The suite counts whole runs and takes the difference of a long and a short one, so that start and end fall out. A slow way counts fewer operations.
"""
import os
import re
import subprocess
import tempfile

PATIENCE = 300  # seconds for one program
CALLS = "raw_syscalls:sys_enter"
INSTRUCTIONS = "instructions:u"
CACHEGRIND = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
SLOWLY = 100  # of so many operations a slow way does one


def run(command, environment, timeout=PATIENCE):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
                          env=environment)
    if done.returncode:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()[-400:]}")
    return done


def perf_count(event, text):
    """of perf's comma-separated lines"""
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[2] == event and fields[0].isdigit():
            return int(fields[0])
    raise RuntimeError(f"perf told no number of {event}")


def references(text):
    """the instructions of all processes that Valgrind reports"""
    found = re.findall(r"I\s+refs:\s+([\d,]+)", text)
    if not found:
        raise RuntimeError("Valgrind told no number of instructions")
    return sum(int(number.replace(",", "")) for number in found)


def by_perf(event):
    def count(command, environment, timeout=PATIENCE):
        return perf_count(event, run(["perf", "stat", "-x,", "-e", event, "--", *command], environment, timeout).stderr)
    return count


def instructions_valgrind(command, environment, timeout=PATIENCE):
    return references(run(CACHEGRIND + command, environment, timeout).stderr)


def system_calls_strace(command, environment, timeout=PATIENCE):
    with tempfile.NamedTemporaryFile() as report:
        run(["strace", "-f", "-c", "-U", "calls", "-o", report.name, *command], environment, timeout)
        return strace_sum(report)


def strace_sum(report):
    return sum(int(line) for line in report.read().decode().split() if line.isdigit()) // 2  # the last line is their sum


system_calls_perf, instructions_perf = by_perf(CALLS), by_perf(INSTRUCTIONS)


def works(counter):
    try:
        return counter(["true"], dict(os.environ), 20) > 0
    except (OSError, RuntimeError, ValueError, subprocess.TimeoutExpired):
        return False


def first_that_works(*counters):
    return next((counter for counter in counters if works(counter)), None)


class Ways:
    """How this machine counts; each is None when it can't."""

    def __init__(self):
        self.calls = first_that_works(system_calls_perf, system_calls_strace)
        self.instructions = first_that_works(instructions_perf, instructions_valgrind)

    def words(self):
        names = {system_calls_perf: "perf", system_calls_strace: "strace", instructions_perf: "perf",
                 instructions_valgrind: "Valgrind, what a compiler made, Coil on epoll", None: "not counted here"}
        return f"System calls: {names[self.calls]}. Instructions: {names[self.instructions]}."

    def slow_environment(self, contender):
        """in which Valgrind counts this contender, or None when it can't: scripts and Go, and what runs on io_uring"""
        backend = dict(contender.env).get("COIL_BACKEND")
        if not contender.native or backend == "uring":
            return None
        return {**contender.environment(), "COIL_BACKEND": "epoll"}


def per_operation(ways, contender, what, n):
    """(system calls, instructions) for each: counts of 2 n operations less those of n"""
    def each(counter, times, environment):
        if counter is None or environment is None:
            return None
        times = max(1, times)
        try:
            once, twice = (counter([*contender.command, what, str(count)], environment) for count in (times, 2 * times))
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            return None
        return max(0.0, (twice - once) / times)

    calls = each(ways.calls, n if ways.calls is system_calls_perf else n // SLOWLY, contender.environment())
    if ways.instructions is instructions_valgrind:
        return calls, each(ways.instructions, n // SLOWLY, ways.slow_environment(contender))
    return calls, each(ways.instructions, n, contender.environment())


class Attached:
    """`with Attached(ways, pids) as attached`: counts what running processes do meanwhile; `counts` afterwards: {calls | instructions: N}"""

    def __init__(self, ways, pids):
        self.events = [event for event, way, perf in ((CALLS, ways.calls, system_calls_perf), (INSTRUCTIONS, ways.instructions, instructions_perf))
                       if way is perf]
        self.pids, self.counts, self.process, self.report = [str(pid) for pid in pids], {}, None, None
        self.strace = ways.calls is system_calls_strace

    def __enter__(self):
        if self.events:
            self.process = subprocess.Popen(["perf", "stat", "-x,", "-e", ",".join(self.events), "-p", ",".join(self.pids), "--", "cat"],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.process.stdin.write("attached\n")  # cat runs once perf counts
            self.process.stdin.flush()
            self.process.stdout.readline()
        elif self.strace:
            self.report = tempfile.NamedTemporaryFile()
            each = [word for pid in self.pids for word in ("-p", pid)]
            self.process = subprocess.Popen(["strace", "-f", "-c", "-U", "calls", "-o", self.report.name, *each], stderr=subprocess.PIPE,
                                            text=True)
            for _ in self.pids:
                self.process.stderr.readline()  # "Process N attached"
        return self

    def __exit__(self, *error):
        if self.report:
            self.process.terminate()  # strace lets go of the processes and writes its report
            self.process.communicate(timeout=30)
            self.counts[CALLS] = strace_sum(self.report)
            self.report.close()
        elif self.process:
            text = self.process.communicate(timeout=30)[1]
            for event in self.events:
                try:
                    self.counts[event] = perf_count(event, text)
                except RuntimeError:
                    pass

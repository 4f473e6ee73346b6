#!/usr/bin/env python3
"""The short form of the benchmarks, for CI: counts that noise does not move, against the bounds in bounds.txt.

    counts.py --build DIR [--jobs 2] [--results FILE]

Each program runs with N and with 2 N operations; the difference, divided by N, is what one operation costs, free of start and end.
Instructions come from Valgrind (cachegrind), system calls from perf, or else strace, allocations from Coil itself. What the machine
lacks is skipped by name.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 60  # seconds for one run
SLACK = 0.02  # calls or blocks per operation that are no difference: the kernel may cut a batch in two
LOOSE = 0.90  # of the bound: below this it should be lowered



def run(command, backend):
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "COIL_BACKEND": backend})
    if done.returncode:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()[-400:]}")
    return done


def instructions(command, backend):
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    found = re.search(r"I\s+refs:\s+([\d,]+)", run(tool + command, backend).stderr)
    if not found:
        raise RuntimeError("Valgrind told no number of instructions")
    return int(found[1].replace(",", ""))


def system_calls_perf(command, backend):
    text = run(["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "--", *command], backend).stderr
    return int(text.strip().splitlines()[-1].split(",")[0])


def system_calls_strace(command, backend):
    with tempfile.NamedTemporaryFile() as report:
        run(["strace", "-f", "-c", "-U", "calls", "-o", report.name, *command], backend)
        return sum(int(line) for line in report.read().decode().split() if line.isdigit()) // 2  # the last line is their sum


def allocations(command, backend):
    return max(json.loads(line).get("allocations", 0) for line in run(command, backend).stdout.splitlines())


def works(counter):
    try:
        return counter(["true"], "epoll") > 0
    except (OSError, RuntimeError, ValueError, IndexError):
        return False


def why_no_instructions():
    if not shutil.which("valgrind"):
        return "valgrind is not installed"
    try:
        compiler = subprocess.run(["gcc", "-dumpversion"], capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        compiler = "none"
    if compiler.split(".")[0] != "12" or platform.machine() != "x86_64":
        return f"the bounds are those of GCC 12 for x86_64, this is GCC {compiler} for {platform.machine()}"
    return None


def counters():
    """{what is counted: how, or the reason why it can't be}"""
    how = {"instructions": why_no_instructions() or instructions, "allocations": allocations}
    how["system calls"] = next((c for c in (system_calls_perf, system_calls_strace) if works(c)),
                               "neither perf nor strace can count here")
    return how


def bounds():
    for line in (HERE / "bounds.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            counted, backend, program, operation, n, bound = (field.strip() for field in line.split("|"))
            yield counted, backend, program, operation, int(n), float(bound)


def verdict(build, how, line):
    """(passed | failed | skipped, what there is to say)"""
    counted, backend, program, operation, n, bound = line
    if isinstance(how[counted], str):
        return "skipped", how[counted]
    if backend == "uring" and os.environ.get("COIL_TEST_NO_URING"):
        return "skipped", os.environ["COIL_TEST_NO_URING"]
    path = str(build / "bench" / f"bench_{program}")
    try:
        once, twice = (how[counted]([path, operation, str(count)], backend) for count in (n, 2 * n))
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        return "failed", str(error)
    count = (twice - once) / n
    words = ": lower the bound" if count < LOOSE * bound - SLACK else ""
    print(f"{counted:14} {backend:6} {operation:36} {count:10.3f} each, bound {bound:g}{words}", flush=True)
    if count > bound + SLACK:
        return "failed", f"{count:.3f} {counted} each, the bound is {bound:g}"
    return "passed", ""


def main():
    parser = argparse.ArgumentParser(description="counts per operation against bounds")
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results")
    arguments = parser.parse_args()
    lines, how = list(bounds()), counters()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        verdicts = list(pool.map(lambda line: verdict(arguments.build, how, line), lines))
    report = [f"{status}\tcounts.{line[2]}.{line[3].replace(',', '').replace(' ', '-')}.{line[0].replace(' ', '-')}.{line[1]}\t{words}"
              for line, (status, words) in zip(lines, verdicts)]
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            results.writelines(line + "\n" for line in report)
        return 0
    failed = [line for line in report if line.startswith("failed")]
    print("\n".join(failed) or "all within their bounds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The short form of the benchmarks, for CI: counts that noise does not move, against the bounds in bounds.txt.

    counts.py --build DIR [--jobs 2] [--results FILE]

Each program runs with N and with 2 N operations; the difference, divided by N, is what one operation costs, free of start and end.
Instructions come from Valgrind (cachegrind), system calls from perf, or else strace (suite/count.py), allocations from Coil itself. What
the machine lacks is skipped by name.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from suite import count

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 60  # seconds for one run
SLACK = 0.02  # calls or blocks per operation that are no difference: the kernel may cut a batch in two
LOOSE = 0.90  # of the bound: below this it should be lowered


def allocations(command, environment, timeout):
    return max(json.loads(line).get("allocations", 0) for line in count.run(command, environment, timeout).stdout.splitlines())


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
    calls = count.first_that_works(count.system_calls_perf, count.system_calls_strace)
    return {"instructions": why_no_instructions() or count.instructions_valgrind, "allocations": allocations,
            "system calls": calls or "neither perf nor strace can count here"}


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
        once, twice = (how[counted]([path, operation, str(times)], {**os.environ, "COIL_BACKEND": backend}, LIMIT) for times in (n, 2 * n))
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        return "failed", str(error)
    each = (twice - once) / n
    words = ": lower the bound" if each < LOOSE * bound - SLACK else ""
    print(f"{counted:14} {backend:6} {operation:36} {each:10.3f} each, bound {bound:g}{words}", flush=True)
    if each > bound + SLACK:
        return "failed", f"{each:.3f} {counted} each, the bound is {bound:g}"
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

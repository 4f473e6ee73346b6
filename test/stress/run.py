#!/usr/bin/env python3
"""Runs programs on the simulated backend, under one seed after the other, and names the seed of each failure.

    run.py --build DIR [--seeds N | --seconds S] [--first SEED] [--results FILE] [NAME ...]

What is run: test/stress/*.c under every seed (but soak.c, which is for real sockets); test/api/*.c under one seed in 25; and the
scenarios of test/conformance, which must print what CPython printed, under one in 50. unsimulated.txt lists what is
left out, with the reason. A NAME (stress/proxy, api/streams, queue/03_fifo, or a folder) chooses, and is run under every seed.
A seed decides everything, so the command that a failure prints does it again; a stress program is run twice under each tenth
seed, and must ask chance as often both times.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 60  # seconds for one program
ENOUGH = 10  # failures, after which no more seeds are tried
EVERY = {"stress": 1, "api": 25}  # one seed in so many
EVERY_SCENARIO = 50
TWICE = 10  # one seed in so many is run twice, and must be the same run
SIMULATED = {"COIL_BACKEND": "sim", "COIL_CLOCK": "virtual"}


def left_out():
    """{name, folder or pattern: reason}"""
    lines = (HERE / "unsimulated.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def is_one_of(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) or name.split("/")[0] == pattern for pattern in patterns)


class Program:
    def __init__(self, build, name):
        self.name = name
        self.kind, base = name.split("/")
        if self.kind in EVERY:
            self.path, self.expected, self.every = build / "test" / f"test_{self.kind}_{base}", None, EVERY[self.kind]
        else:
            self.path, self.every = build / "test" / "conformance" / name, EVERY_SCENARIO
            self.expected = (ROOT / "test" / "conformance" / f"{name}.out").read_text(encoding="utf-8")

    def complaint(self, seed):
        """what is wrong under this seed; empty when nothing is"""
        wrong, output = self.run(seed)
        if wrong or self.kind != "stress" or seed % TWICE:
            return wrong
        wrong, again = self.run(seed)
        if not wrong and again != output:
            wrong = f"it is another run the second time\n{output}---- the second time\n{again}"
        return wrong

    def run(self, seed):
        """(what is wrong, what it printed)"""
        environment = dict(os.environ, COIL_SEED=str(seed), **SIMULATED)
        try:
            done = subprocess.run(["env", "--default-signal", str(self.path)], env=environment, capture_output=True,
                                  timeout=LIMIT, check=False, stdin=subprocess.DEVNULL, start_new_session=True)
        except subprocess.TimeoutExpired as expired:
            return f"still running after {LIMIT} s\n{(expired.stdout or b'').decode('utf-8', 'replace')[-2000:]}", ""
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode in (0, 77) and self.expected in (None, output):
            return "", output
        wanted = f"---- CPython printed:\n{self.expected}" if self.expected else ""
        errors = done.stderr.decode("utf-8", "replace")
        return f"exit status {done.returncode}\n{output[-4000:]}{errors[-4000:]}{wanted}", output

    def command(self, seed):
        variables = " ".join(f"{name}={value}" for name, value in SIMULATED.items())
        return f"{variables} COIL_SEED={seed} {os.path.relpath(self.path, ROOT)}"


def programs(build, filters):
    out = left_out()
    scenarios = (ROOT / "test" / "conformance" / "scenarios.txt").read_text(encoding="utf-8").splitlines()
    names = [f"{kind}/{path.stem}" for kind in EVERY for path in sorted((ROOT / "test" / kind).glob("*.c"))]
    names += [name for name in scenarios if (ROOT / "test" / "conformance" / f"{name}.c").is_file()]
    for pattern in out:
        if not any(is_one_of(name, [pattern]) for name in names):
            sys.exit(f"unsimulated.txt: there is no {pattern}")
    chosen = [Program(build, name) for name in names
              if not is_one_of(name, out) and (not filters or is_one_of(name, filters))]
    for program in chosen:
        program.every = 1 if filters else program.every
        if not program.path.is_file():
            sys.exit(f"{program.path} was not built")
    if not chosen:
        sys.exit("there is no such program")
    return chosen


def runs(chosen, first, seeds, end):
    """(program, seed), as many as there is time for"""
    seed = first
    while (seeds == 0 or seed < first + seeds) and (end is None or time.monotonic() < end):
        for index, program in enumerate(chosen):
            if (seed + index) % program.every == 0:
                if end is not None and time.monotonic() >= end:
                    return
                yield program, seed
        seed += 1


def main():
    parser = argparse.ArgumentParser(description="runs programs under seeds of the simulation")
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=0, help="how many; 0: as many as there is time for")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results")
    parser.add_argument("--prefix", default="seeds")
    parser.add_argument("filters", nargs="*")
    arguments = parser.parse_args()
    if arguments.seeds == 0 and arguments.seconds is None:
        parser.error("--seeds or --seconds")

    chosen = programs(arguments.build.resolve(), arguments.filters)
    end = None if arguments.seconds is None else time.monotonic() + arguments.seconds
    todo = runs(chosen, arguments.first, arguments.seeds, end)
    ran, failed = collections.Counter(), collections.Counter()
    last = arguments.first
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        waiting = {}
        while True:
            while len(waiting) < 2 * arguments.jobs and failed.total() < ENOUGH:
                run = next(todo, None)
                if run is None:
                    break
                waiting[pool.submit(run[0].complaint, run[1])] = run
            if not waiting:
                break
            done, _ = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                program, seed = waiting.pop(future)
                ran[program.name] += 1
                last = max(last, seed)
                complaint = future.result()
                if complaint:
                    failed[program.name] += 1
                    print(f"---- {program.name} fails under seed {seed}: {complaint.rstrip()}\n"
                          f"---- again: {program.command(seed)}", flush=True)
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            for name in ran:
                status, why = ("failed", f"under {failed[name]} seeds") if failed[name] else ("passed", "")
                results.write(f"{status}\t{arguments.prefix}.{name}\t{why}\n")
    print(f"seeds {arguments.first} to {last}: {ran.total()} runs of {len(ran)} programs, {failed.total()} failed")
    return 0 if arguments.results or not failed else 1


sys.exit(main())

#!/usr/bin/env python3
"""Plays random programs on Coil and compares their traces with asyncio's.

    run.py --build DIR [--seeds N] [--backends uring,tiny,epoll] [--jobs N] [--results FILE] [--prefix NAME]
    run.py --build DIR --seed SEED        one program: prints it, and the two traces where they differ (needs CPython 3.13)
    run.py --record N                     writes recorded.txt anew (needs CPython 3.13)

recorded.txt has a line for each seed: the seed, a digest of the program that generate.py makes of it, and a digest of the trace
that CPython printed. A program whose own digest is another was made by another generator: that fails too.
CPython 3.13 is COIL_PYTHON, or python3.13."""
import argparse
import concurrent.futures
import difflib
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RECORDED = HERE / "recorded.txt"
LIMIT = 30  # seconds for one program
LACKS = 77  # run.sh's exit status when the machine lacks the backend
sys.dont_write_bytecode = True  # the tree stays clean
sys.path.insert(0, str(HERE))
import generate  # noqa: E402


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written(seed, folder):
    path = pathlib.Path(folder) / f"{seed}.txt"
    path.write_text(generate.Program(seed).make(), encoding="utf-8")
    return path


def oracle(path):
    python = os.environ.get("COIL_PYTHON", "python3.13")
    done = subprocess.run([python, HERE / "play.py", path], capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        sys.exit(f"{python} {HERE / 'play.py'} {path} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def coil(build, backend, path):
    """the trace, or None when the machine lacks the backend"""
    command = [HERE.parent / "run.sh", backend, pathlib.Path(build) / "test" / "differential_play", path]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired as e:
        return (e.stdout or b"").decode() + f"no end after {LIMIT} s\n"
    if done.returncode == LACKS:
        return None
    return done.stdout + (f"exit status {done.returncode}: {done.stderr}\n" if done.returncode else "")


def record(n):
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as crew:
        paths = [written(seed, folder) for seed in range(1, n + 1)]
        traces = crew.map(oracle, paths)
        lines = [f"{path.stem} {digest(path.read_text())} {digest(trace)}\n" for path, trace in zip(paths, traces)]
    RECORDED.write_text("".join(lines), encoding="ascii")


def show(build, backend, seed):
    with tempfile.TemporaryDirectory() as folder:
        path = written(seed, folder)
        print(path.read_text())
        theirs, ours = oracle(path), coil(build, backend, path)
    if ours is None:
        sys.exit(f"this machine lacks {backend}")
    lines = list(difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "asyncio", "coil", lineterm="", n=8))
    print("\n".join(lines) if lines else f"the same {len(ours.splitlines())} lines")
    return 1 if lines else 0


def compare(build, backend, n, jobs):
    """the seeds that differ, with a word each; None when the machine lacks the backend"""
    recorded = [line.split() for line in RECORDED.read_text(encoding="ascii").splitlines()][:n]
    if len(recorded) < n:
        sys.exit(f"recorded.txt has {len(recorded)} seeds, not {n}")
    with tempfile.TemporaryDirectory() as folder:
        def one(entry):
            seed, program, trace = int(entry[0]), entry[1], entry[2]
            path = written(seed, folder)
            if digest(path.read_text()) != program:
                return f"{seed}: generate.py makes another program of it than the recorded one"
            printed = coil(build, backend, path)
            if printed is None:
                return LACKS
            return None if digest(printed) == trace else f"{seed}: another trace than asyncio's; see run.py --seed {seed}"

        with concurrent.futures.ThreadPoolExecutor(jobs) as crew:
            found = list(crew.map(one, recorded))
    return None if LACKS in found else [word for word in found if word]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build")
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--record", type=int)
    parser.add_argument("--backends", default="uring,tiny,epoll")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--prefix", default="differential")
    parser.add_argument("--results")
    args = parser.parse_args()
    if args.record:
        record(args.record)
        return 0
    if not args.build:
        parser.error("--build is missing")
    backends = args.backends.split(",")
    if args.seed is not None:
        return show(args.build, backends[-1], args.seed)
    failed = 0
    for backend in backends:
        name = f"{args.prefix}.{backend}"
        differ = compare(args.build, backend, args.seeds, args.jobs)
        if differ is None:
            line = f"skipped\t{name}\tthis machine lacks the backend\n"
        elif differ:
            failed = 1
            print(f"{name}:", *differ, sep="\n    ")
            line = f"failed\t{name}\t{len(differ)} of {args.seeds} programs have another trace than on asyncio\n"
        else:
            line = f"passed\t{name}\t{args.seeds} programs, the same traces as on asyncio\n"
        print(line.replace("\t", " "), end="")
        if args.results:
            with open(args.results, "a", encoding="utf-8") as results:
                results.write(line)
    return failed


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What must not compile: each case is refused by GCC and Clang, with the expected diagnostic.

    run.py [--jobs N] [--results FILE] [x.c ...]

A case file, test/compile/x.c, says in comments what is expected:

    // expect: REGEX          the diagnostic, with both compilers
    // expect gcc: REGEX      with one of them (clang alike)
    // flags: -x c++ -std=c++17   more options; C is gnu11 unless they say otherwise
    // compiles               the whole file must compile (a control)

Several cases share a file as `#ifdef CASE_n` blocks, each with its own expect lines. Such a file must compile
when no case is defined, which shows that it's the case that is refused and not something around it.
A file without cases and without `// compiles` is one case.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMPILERS = ["gcc", "clang"]
BASE = ["-Wall", "-Wextra", "-Werror", f"-I{ROOT}/include", "-c", "-o", os.devnull]

CASE = re.compile(r"^\s*#\s*ifdef\s+(CASE_\w+)")
EXPECT = re.compile(r"^\s*//\s*expect(?:\s+(gcc|clang))?:\s*(.+?)\s*$")
FLAGS = re.compile(r"^\s*//\s*flags:\s*(.+?)\s*$")
COMPILES = re.compile(r"^\s*//\s*compiles\b")


class Case:
    def __init__(self, path, name):
        self.path, self.name = path, name
        self.expect = {}  # compiler, or None for both -> regex
        self.must_compile = False

    def label(self):
        return f"{self.path.stem}{'.' + self.name if self.name else ''}"


def read(path):
    """the cases of a file and its flags"""
    whole, cases, flags, current = Case(path, ""), [], [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := CASE.match(line):
            current = Case(path, match[1])
            cases.append(current)
        elif match := EXPECT.match(line):
            (current or whole).expect[match[1]] = match[2]
        elif match := FLAGS.match(line):
            flags += shlex.split(match[1])
        elif COMPILES.match(line):
            whole.must_compile = True
    if cases:
        whole.must_compile = True
    return [whole, *cases], flags


def judge(case, flags, compiler):
    """why the case is not as it must be; empty when it is"""
    expected = case.expect.get(compiler, case.expect.get(None))
    if not case.must_compile and expected is None:
        return f"no `// expect:` for {compiler}"
    define = [f"-D{case.name}"] if case.name else []
    standard = [] if any(flag.startswith("-std=") for flag in flags) else ["-std=gnu11"]
    command = [compiler, *standard, *BASE, *flags, *define, str(case.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "LC_ALL": "C"})
    shown = f"{shlex.join(command)}\n{done.stderr}"
    if case.must_compile:
        return "" if done.returncode == 0 else f"must compile, but:\n{shown}"
    if done.returncode == 0:
        return f"compiles, and must not:\n{shlex.join(command)}"
    if not re.search(expected, done.stderr):
        return f"refused, but the diagnostic does not match /{expected}/:\n{shown}"
    return ""


def check(path, jobs=2, compilers=None):
    """[(label, compiler, why)] for all cases of a file; why is empty when good"""
    cases, flags = read(path)
    if compilers is None:
        compilers = [compiler for compiler in COMPILERS if shutil.which(compiler)]
    pairs = [(case, compiler) for case in cases for compiler in compilers]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        verdicts = list(pool.map(lambda pair: judge(pair[0], flags, pair[1]), pairs))
    return [(case.label(), compiler, why) for (case, compiler), why in zip(pairs, verdicts)]


def main():
    parser = argparse.ArgumentParser(description="checks that what must not compile does not")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    lines = []
    for compiler in COMPILERS:
        if not shutil.which(compiler):
            status = "failed" if os.environ.get("COIL_TEST_ALL") else "skipped"
            lines.append(f"{status}\tcompile.{compiler}\t{compiler} is not installed")
    for path in arguments.files or sorted(HERE.glob("*.c")):
        for label, compiler, why in check(path.resolve(), arguments.jobs):
            status = "failed" if why else "passed"
            print(f"{status} {label} ({compiler}){': ' + why if why else ''}")
            lines.append(f"{status}\tcompile.{label}.{compiler}\t")
    failed = sum(line.startswith("failed") for line in lines)
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            results.writelines(line + "\n" for line in lines)
        return 0
    print(f"{len(lines) - failed} of {len(lines)} are as they must be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

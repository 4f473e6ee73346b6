#!/usr/bin/env python3
"""Every public header compiles alone, twice over, as C11, C17, C23, C++17 and C++20, without a warning.

    headers.py [--jobs N] [--results FILE]

One result per header and compiler. A compiler that isn't installed is skipped, or a failure
when COIL_TEST_ALL is set.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
COMPILERS = {"gcc": "g++", "clang": "clang++"}
C_STANDARDS = ["c11", "c17", "gnu2x"]
CXX_STANDARDS = ["c++17", "c++20"]


def public_headers():
    """(the folder to give to -I, the header's name in it)"""
    folders = [ROOT / "include", *sorted(ROOT.glob("addons/*/include"))]
    return [(folder, path.relative_to(folder)) for folder in folders for path in sorted(folder.rglob("*.h"))]


def compiles(compiler, language, standard, folder, header):
    """the compiler's complaint, empty when there is none"""
    command = [compiler, "-x", language, f"-std={standard}", *WARNINGS, "-fsyntax-only", f"-I{ROOT}/include"]
    if folder != ROOT / "include":
        command.append(f"-I{folder}")
    text = f'#include "{header}"\n#include "{header}"\n'
    done = subprocess.run([*command, "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode == 0 and not done.stderr:
        return ""
    return f"{' '.join(command)}  # {header}\n{done.stderr}"


def check(compiler, folder, header):
    complaints = [compiles(compiler, "c", standard, folder, header) for standard in C_STANDARDS]
    complaints += [compiles(COMPILERS[compiler], "c++", standard, folder, header) for standard in CXX_STANDARDS]
    return [complaint for complaint in complaints if complaint]


def main():
    parser = argparse.ArgumentParser(description="compiles each public header alone")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results")
    arguments = parser.parse_args()
    lines = []
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for compiler, cxx in COMPILERS.items():
            if not shutil.which(compiler) or not shutil.which(cxx):
                status = "failed" if os.environ.get("COIL_TEST_ALL") else "skipped"
                lines.append(f"{status}\theaders.{compiler}\t{compiler} is not installed")
                continue
            for folder, header in public_headers():
                jobs.append((compiler, header, pool.submit(check, compiler, folder, header)))
        for compiler, header, job in jobs:
            complaints = job.result()
            for complaint in complaints:
                print(complaint)
            status = "failed" if complaints else "passed"
            lines.append(f"{status}\theaders.{compiler}.{header}\t")
    failed = sum(line.startswith("failed") for line in lines)
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            results.writelines(line + "\n" for line in lines)
        return 0
    print(f"{len(lines) - failed} of {len(lines)} are clean")
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/env python3
"""Runs the twins, NN_name.c and NN_name.py, and compares what both print with NN_name.out.

    run.py --build DIR [--backends uring,epoll] [--python python3] [--results FILE] [NN_name ...]

A program runs on the virtual clock, so that hours take no time, unless its .py says `# clock: real` (threads, processes,
sockets). `# python: 3.13` names the oldest Python that its .py is for; with an older one, or none, the .py is skipped by name.
COIL_PYTHON names another python3.
"""
import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 30  # seconds for one program
LACKS = 77  # test/run.sh's exit status when the machine lacks the backend


def attribute(name, key):
    match = re.search(rf"^# {key}: (\S+)$", (HERE / f"{name}.py").read_text(encoding="utf-8"), re.MULTILINE)
    return match and match[1]


def version(text):
    return tuple(int(part) for part in text.split("."))


def python_version(python):
    """(3, 11), or None when there is none"""
    try:
        ask = "import sys; print('%d.%d' % sys.version_info[:2])"
        return version(subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip())
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def verdict(name, command, environment):
    """(passed | failed | skipped, what there is to say)"""
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL,
                              start_new_session=True, env={**os.environ, **environment})
    except subprocess.TimeoutExpired:
        return "failed", f"still running after {LIMIT} s\n"
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode == LACKS:
        return "skipped", (output.strip().splitlines() or ["it did not say why"])[-1]
    expected = (HERE / f"{name}.out").read_text(encoding="utf-8")
    if output == expected and done.returncode == 0:
        return "passed", ""
    text = "".join(difflib.unified_diff(expected.splitlines(True), output.splitlines(True), f"{name}.out", "printed"))
    return "failed", f"{text}\nexit status {done.returncode}\n{done.stderr.decode('utf-8', 'replace')[-4000:]}"


def run_c(arguments, name, backend):
    program = arguments.build / "examples" / "asyncio" / name
    if not program.is_file():
        return "failed", "it was not built\n"
    clock = {} if attribute(name, "clock") == "real" else {"COIL_CLOCK": "virtual"}
    return verdict(name, [str(ROOT / "test" / "run.sh"), backend, str(program)], clock)


def run_python(arguments, name):
    there = python_version(arguments.python)
    needs = attribute(name, "python") or "3.11"
    if there is None or there < version(needs):
        return "skipped", f"the Python twins need Python {needs}, this machine has " + \
            (".".join(map(str, there)) if there else "none")
    command = [arguments.python, "-B"]
    if attribute(name, "clock") != "real":
        command.append(str(HERE / "virtual_clock.py"))
    return verdict(name, command + [str(HERE / f"{name}.py")], {"PYTHONHASHSEED": "0"})


def complaints_about(names):
    for name in names:
        for suffix in (".c", ".py", ".out"):
            if not (HERE / f"{name}{suffix}").is_file():
                yield f"{name}{suffix} is missing"


def main():
    parser = argparse.ArgumentParser(description="compares the twins")
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--backends", default="uring,epoll")
    parser.add_argument("--python", default=os.environ.get("COIL_PYTHON", "python3"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    all_names = sorted({path.stem for path in HERE.glob("[0-9]*.*")})
    lines = []
    missing = list(complaints_about(all_names))
    for complaint in missing:
        print(complaint)
    lines.append(f"{'failed' if missing else 'passed'}\ttwins.files\t")
    jobs = []
    for name in all_names if not arguments.names else arguments.names:
        if not any(line.startswith(f"{name}.") for line in missing):
            jobs += [(name, backend, lambda n=name, b=backend: run_c(arguments, n, b))
                     for backend in arguments.backends.split(",")]
            jobs.append((name, "python", lambda n=name: run_python(arguments, n)))
    wrong = len(missing)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (name, side, _), (status, text) in zip(jobs, pool.map(lambda job: job[2](), jobs)):
            reason = text if status == "skipped" else "prints something else" if text else ""
            lines.append(f"{status}\ttwins.{name}.{side}\t{reason}")
            if status == "failed":
                wrong += 1
                print(f"---- {name} ({side}) differs\n{text}", end="", flush=True)
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            results.writelines(line + "\n" for line in lines)
        return 0
    print(f"{sum(line.startswith('passed') for line in lines)} passed, {wrong} failed, "
          f"{sum(line.startswith('skipped') for line in lines)} skipped")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

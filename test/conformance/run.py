#!/usr/bin/env python3
"""Runs the ports of CPython's scenarios and compares what they print with what asyncio printed.

    run.py --build DIR [--backends uring,tiny,epoll] [--results FILE] [AREA | AREA/NAME ...]
    run.py --oracle PYTHON

AREA/NAME.c is the port of a scenario, AREA/NAME.out what CPython printed, scenarios.txt the list of all of them.
Where the originals are at hand (../shared/conformance, or COIL_SHARED) the copies here must equal them.
not-expressible.txt lists what C's compiler itself refuses, one a line:

    AREA/NAME: the reason; compile-fail: test/compile/x.c

and counts only when that compile-fail test is there and passes. A scenario is the same when it prints the
same lines, exits with 0 and ends within 20 seconds, on every backend that the machine has. The last line is
`same N, different N, not ported N, not expressible N`.

more/ is an area of our own, with the Python programs beside the ports; the line before the last counts it. --oracle runs
these programs with a CPython 3.13 and compares what they print with the .out files.
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
sys.dont_write_bytecode = True  # the tree stays clean
sys.path.insert(0, str(ROOT / "test" / "compile"))
import run as compile_fail  # noqa: E402  test/compile/run.py

LIMIT = 20  # seconds for one scenario
LACKS = 77  # run.sh's exit status when the machine lacks the backend
MORE = "more"


def originals():
    """the folder of the scenarios themselves, if it is at hand"""
    for shared in (os.environ.get("COIL_SHARED"), ROOT.parent / "shared", ROOT.parents[1] / "shared"):
        if shared and (pathlib.Path(shared) / "conformance" / "INDEX.md").is_file():
            return pathlib.Path(shared) / "conformance"
    return None


def scenarios():
    lines = (HERE / "scenarios.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def more():
    """the scenarios of our own"""
    return [f"{MORE}/{path.stem}" for path in sorted((HERE / MORE).glob("*.py"))]


def check_more():
    """complaints about files of more/ that lack their companions"""
    complaints = []
    for name in sorted({path.stem for path in (HERE / MORE).glob("*") if path.suffix != ".h"}):
        for suffix in (".py", ".c", ".out"):
            if not (HERE / MORE / (name + suffix)).is_file():
                complaints.append(f"{MORE}/{name}{suffix} is missing")
    return complaints


def ask_oracle(python):
    """Runs the programs of more/; returns how many print something else than what is written down."""
    wrong = 0
    for name in more():
        program = HERE / f"{name}.py"
        done = subprocess.run([python, "-X", "utf8", str(program)], capture_output=True, timeout=LIMIT, check=False,
                              stdin=subprocess.DEVNULL)
        if done.stdout != program.with_suffix(".out").read_bytes():
            wrong += 1
            print(f"{name}: {python} prints something else")
    print(f"oracle: {len(more()) - wrong} same, {wrong} different")
    return wrong


def check_copies(names, source):
    """complaints about the list and the .out files, beside the originals"""
    complaints = []
    index = (source / "INDEX.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- (\w+/\w+) - ", index, re.MULTILINE)
    for name in sorted(set(listed) ^ set(names)):
        where = "scenarios.txt" if name in names else "INDEX.md"
        complaints.append(f"{name} is only in {where}")
    for copy in sorted(HERE.glob("*/*.out")):
        if copy.parent.name == MORE:
            continue
        original = source / copy.relative_to(HERE)
        if not original.is_file() or original.read_bytes() != copy.read_bytes():
            complaints.append(f"{copy.relative_to(HERE)} is not what CPython printed: copy {original}")
    return complaints


def check_ports(names):
    """complaints about ports of nothing and ports without an expectation"""
    complaints = []
    for port in sorted(HERE.glob("*/*.c")):
        name = str(port.relative_to(HERE).with_suffix(""))
        if port.parent.name == MORE:
            continue
        if name not in names:
            complaints.append(f"{name}.c is the port of no scenario")
        elif not port.with_suffix(".out").is_file():
            complaints.append(f"{name}.out is missing beside the port")
    return complaints


def not_expressible(names):
    """({name: reason}, complaints)"""
    path = HERE / "not-expressible.txt"
    proven, complaints = {}, []
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\w+/\w+): (.+); compile-fail: (\S+)", line)
        if not match:
            complaints.append(f"not-expressible.txt: `{line}` is not `area/name: reason; compile-fail: file`")
            continue
        name, reason, proof = match.groups()
        if name not in names:
            complaints.append(f"not-expressible.txt: there is no scenario {name}")
        elif (HERE / f"{name}.c").is_file():
            complaints.append(f"not-expressible.txt: {name} has a port")
        elif not (ROOT / proof).is_file():
            complaints.append(f"not-expressible.txt: {proof} is not there")
        else:
            verdicts = compile_fail.check(ROOT / proof)
            wrong = [f"{proof} ({compiler}): {why}" for _, compiler, why in verdicts if why]
            refused = [case for case in compile_fail.read(ROOT / proof)[0] if not case.must_compile]
            if not refused:
                wrong.append(f"{proof} has no case that must not compile")
            complaints += wrong
            if not wrong:
                proven[name] = reason
    return proven, complaints


def run_one(build, name, backend):
    """(passed | failed | skipped, what there is to say)"""
    program = build / "test" / "conformance" / name
    if not program.is_file():
        return "failed", "it was not built\n"
    expected = (HERE / f"{name}.out").read_text(encoding="utf-8")
    command = [str(ROOT / "test" / "run.sh"), backend, str(program)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False, start_new_session=True,
                              stdin=subprocess.DEVNULL)
        status, output, errors = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as expired:
        status, output, errors = f"still running after {LIMIT} s", expired.stdout or b"", expired.stderr or b""
    output = output.decode("utf-8", "replace")
    if status == LACKS:
        return "skipped", (output.strip().splitlines() or ["it did not say why"])[-1]
    if output == expected and status == 0:
        return "passed", ""
    diff = difflib.unified_diff(expected.splitlines(True), output.splitlines(True), "asyncio", "coil")
    text = "".join(line if line.endswith("\n") else line + "\n" for line in diff)
    if status != 0:
        text += f"exit status: {status}\n"
    return "failed", text + errors.decode("utf-8", "replace")[-4000:]


def wanted(names, filters):
    if not filters:
        return names
    chosen = [name for name in names if name in filters or name.split("/")[0] in filters]
    for one in filters:
        if not any(name == one or name.split("/")[0] == one for name in names):
            sys.exit(f"conformance: there is no area or scenario {one}")
    return chosen


def main():
    parser = argparse.ArgumentParser(description="compares the ports with asyncio")
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--oracle")
    parser.add_argument("--backends", default="uring,tiny,epoll")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results")
    parser.add_argument("--prefix", default="conformance")
    parser.add_argument("filters", nargs="*")
    arguments = parser.parse_args()
    if arguments.oracle:
        return 1 if ask_oracle(arguments.oracle) else 0
    if not arguments.build:
        parser.error("--build is missing")

    all_names = scenarios()
    names = wanted(all_names + more(), arguments.filters)
    lines = []

    proven, complaints = not_expressible(all_names)
    complaints += check_ports(all_names) + check_more()
    source = originals()
    if source:
        complaints += check_copies(all_names, source)
    for complaint in complaints:
        print(complaint)
    lines.append(f"{'failed' if complaints else 'passed'}\t{arguments.prefix}.lists\t")

    ported = [name for name in names if (HERE / f"{name}.c").is_file() and (HERE / f"{name}.out").is_file()]
    pairs = [(name, backend) for name in ported for backend in arguments.backends.split(",")]
    different, ran = set(), set()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        verdicts = pool.map(lambda pair: run_one(arguments.build, *pair), pairs)
        for (name, backend), (status, text) in zip(pairs, verdicts):
            reason = text if status == "skipped" else "prints something else" if text else ""
            lines.append(f"{status}\t{arguments.prefix}.{name}.{backend}\t{reason}")
            if status != "skipped":
                ran.add(name)
            if status == "failed":
                different.add(name)
                print(f"---- {name} on {backend} differs\n{text}", end="", flush=True)
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            results.writelines(line + "\n" for line in lines)
    excused = [name for name in names if name in proven]
    ours = {name for name in names if name.startswith(MORE + "/")}
    missing = [name for name in names if name not in ported and name not in proven and name not in ours]
    if missing and arguments.filters:
        print("not ported: " + " ".join(missing))
    print(f"{MORE}: same {len((ran - different) & ours)}, different {len(different & ours)}")
    print(f"same {len(ran - different - ours)}, different {len(different - ours)}, not ported {len(missing)}, "
          f"not expressible {len(excused)}")
    if arguments.results:
        return 0
    return 1 if different or complaints else 0


sys.exit(main())

"""The tutorial's programs: CPU time of the whole process, from exec to exit, under CPython and as their twins in C. They run on a virtual clock where
they can (examples/asyncio/run.py says which), so sleeping costs nothing; what is left is starting, scheduling and the programs' own work.
Most of it is the start of an interpreter: the first row is a loop that runs nothing, and is to be taken off the others."""
import functools
import glob
import os
import pathlib
import shutil
import subprocess

from . import measure
from .measure import Row

TUTORIAL = pathlib.Path(__file__).resolve().parents[2] / "examples" / "asyncio"
NEWEST = "3.13"
START = "00_start_and_end_alone"


def python():
    """what Coil is compared with is CPython 3.13; else what is here"""
    found = [os.environ.get("COIL_PYTHON"), shutil.which(f"python{NEWEST}"),
             *glob.glob(os.path.expanduser(f"~/.pyenv/versions/{NEWEST}*/bin/python3")), "/usr/bin/python3"]
    return next(path for path in found if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0)


@functools.cache
def named(interpreter):
    return subprocess.run([interpreter, "--version"], capture_output=True, text=True, check=True).stdout.strip().replace("Python", "CPython")


def cpu_ms(command, environment):
    """of the process and its children, in milliseconds; None when it fails"""
    with open(os.devnull, "w", encoding="ascii") as null:
        process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, env={**os.environ, **environment})
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return (used.ru_utime + used.ru_stime) * 1e3 if process.returncode == 0 else None


def commands(peers, interpreter, name):
    """[(contender, kind, command, environment)]"""
    if name == START:
        return [("Coil", "coil", [str(peers.bin / "bench_tasks"), "yield, 2 tasks", "2"], {}),
                (named(interpreter), "peer", [interpreter, "-B", "-c", "import asyncio; asyncio.run(asyncio.sleep(0))"], {})]
    real = "\n# clock: real" in (TUTORIAL / f"{name}.py").read_text(encoding="utf-8")
    script = [] if real else [str(TUTORIAL / "virtual_clock.py")]
    return [("Coil", "coil", [str(peers.bin / f"bench_twin_{name}")], {} if real else {"COIL_CLOCK": "virtual"}),
            (named(interpreter), "peer", [interpreter, "-B", *script, str(TUTORIAL / f"{name}.py")], {"PYTHONHASHSEED": "0"})]


def twins(rows, settings, peers):
    interpreter = python()
    for name in [START, *sorted(path.stem for path in TUTORIAL.glob("[0-9]*.py"))]:
        found = {}
        for _ in range(settings.rounds):
            for contender, kind, command, environment in commands(peers, interpreter, name):
                used = cpu_ms(command, environment) if os.path.exists(command[0]) else None
                if used is None:
                    rows.skip(f"tutorial, {name}, {contender}: it does not run to its end here")
                    continue
                found.setdefault(contender, Row("tutorial", name, contender, kind, "ms", [])).values.append(used)
        rows.extend(found.values())
        measure.tell_all(rows, "tutorial", name)

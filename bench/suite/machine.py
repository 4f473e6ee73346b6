"""Where and with what a run was made: processors, kernel, compilers, libraries, peers, commit, and how busy the machine was."""
import os
import re
import subprocess

VERSIONS = (("GCC", ["gcc", "-dumpfullversion"]), ("liburing", ["pkg-config", "--modversion", "liburing"]),
            ("libuv", ["pkg-config", "--modversion", "libuv"]), ("Go", ["go", "version"]), ("node", ["node", "--version"]),
            ("CPython", ["/usr/bin/python3", "--version"]), ("rustc", ["/usr/bin/rustc", "--version"]),
            ("uvloop", ["/usr/bin/python3", "-c", "import uvloop; print(uvloop.__version__)"]),
            ("uvicorn", ["/usr/bin/python3", "-c", "import uvicorn; print(uvicorn.__version__)"]),
            ("nginx", ["sh", "-c", "nginx -v 2>&1"]), ("h2o", ["h2o", "--version"]), ("Valgrind", ["valgrind", "--version"]))


def first_number(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found and found[0]


def tokio_version():
    names = sorted(n for n in os.listdir("/usr/share/cargo/registry") if re.match(r"tokio-\d", n)) \
        if os.path.isdir("/usr/share/cargo/registry") else []
    return names and names[-1].removeprefix("tokio-")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return os.uname().machine


def git(*words):
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def describe():
    versions = {name: first_number(command) for name, command in VERSIONS}
    versions["tokio"] = tokio_version()
    return {"date": subprocess.run(["date", "-u", "+%F"], capture_output=True, text=True, check=True).stdout.strip(),
            "commit": git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else ""),
            "processor": processor(), "cpus": os.cpu_count(), "kernel": os.uname().release,
            "load": os.getloadavg()[1], "versions": {k: v for k, v in versions.items() if v}}

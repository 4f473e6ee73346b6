"""The contenders: who they are, and how those that are not built by CMake are built, from bench/peers and Debian's packages alone.

A peer that can't be had is left out with a word, never fetched from elsewhere. `./dev bench --peers` installs them all.
"""
import os
import pathlib
import shutil
import subprocess

from .measure import Contender

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
CRATES = "/usr/share/cargo/registry"  # where Debian's librust-*-dev packages put their sources
SLOW = 0.05


class Peers:
    def __init__(self, build, rows):
        self.bin = pathlib.Path(build).resolve() / "bench"
        self.load = self.bin / "bench_load"
        self.rows = rows

    def program(self, name, label, kind, env=(), arguments=()):
        """a program that CMake built, as a list of one contender; of none, with a word"""
        path = self.bin / f"bench_{name}"
        if not path.exists():
            self.rows.skip(f"{label}: bench_{name} was not built; is its library installed?")
            return []
        return [Contender(label, kind, (str(path), *arguments), tuple(env), native=True)]

    def coil(self, name):
        """Coil as it comes, and on epoll"""
        return (self.program(name, "Coil", "coil", [("COIL_BACKEND", "uring")]) +
                self.program(name, "Coil on epoll", "coil", [("COIL_BACKEND", "epoll")]))

    def watching(self, name):
        """Coil that watches for 50 us before it sleeps, which is an option"""
        return self.program(name, "Coil, watching", "coil", [("COIL_BACKEND", "uring"), ("COIL_SPIN", "50")])

    def script(self, interpreter, name, label, arguments=()):
        found = shutil.which(interpreter)
        if not found:
            self.rows.skip(f"{label}: {interpreter} is not installed")
            return []
        return [Contender(label, "peer", (found, str(PEERS / name), *arguments), warm=1.0, size_at=2)]

    def daemon(self, name):
        """a web server with a configuration file"""
        if not shutil.which(name):
            self.rows.skip(f"{name}: it is not installed")
            return []
        return [Contender(name, "peer", ("/usr/bin/python3", str(PEERS / "http_daemon.py"), name), size_at=3)]

    def uvicorn(self, name):
        if not self.has_module("uvicorn, httptools, uvloop"):
            self.rows.skip("uvicorn: python3-uvicorn, python3-httptools or python3-uvloop is not installed")
            return []
        return [Contender("uvicorn", "peer", ("/usr/bin/python3", str(PEERS / name)), size_at=2)]

    @staticmethod
    def has_module(names):
        return subprocess.run(["/usr/bin/python3", "-c", f"import {names}"], capture_output=True, check=False).returncode == 0

    def asyncio(self, name):
        """CPython's own loop and uvloop, by Debian's interpreter, for which uvloop is packaged"""
        found = [Contender("asyncio", "peer", ("/usr/bin/python3", str(PEERS / name)), (), SLOW, size_at=2)]
        if self.has_module("uvloop"):
            found.append(Contender("uvloop", "peer", ("/usr/bin/python3", str(PEERS / name), "uvloop"), (), SLOW, size_at=2))
        else:
            self.rows.skip("uvloop: python3-uvloop is not installed")
        return found

    def go(self, name, processors=1):
        source, made = PEERS / "go" / f"{name}.go", self.bin / f"go_{name}"
        if not shutil.which("go"):
            self.rows.skip("Go: golang-go is not installed")
            return []
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            made.parent.mkdir(parents=True, exist_ok=True)
            environment = {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": str(self.bin / "go-cache")}
            if not self.build("Go", ["go", "build", "-o", str(made), str(source)], environment):
                return []
        return [Contender("Go", "peer", (str(made),), (("GOMAXPROCS", str(processors)),))]

    def tokio(self, name):
        made = self.bin / "tokio" / "release" / name
        sources = [*(PEERS / "tokio" / "src").glob("*.rs"), PEERS / "tokio" / "Cargo.toml"]
        if not shutil.which("cargo") or not list(pathlib.Path(CRATES).glob("tokio-1.*")):
            self.rows.skip("tokio: cargo, rustc and librust-tokio-dev are not installed")
            return []
        if not made.exists() or made.stat().st_mtime < max(s.stat().st_mtime for s in sources):
            copy = self.bin / "tokio-source"  # cargo writes a lock file beside the manifest
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(PEERS / "tokio", copy)
            if not self.build("tokio", ["cargo", "build", "--release", "--offline", "--quiet",
                                        "--manifest-path", str(copy / "Cargo.toml"), "--target-dir", str(self.bin / "tokio"),
                                        "--config", 'source.crates-io.replace-with="debian"',
                                        "--config", f'source.debian.directory="{CRATES}"'],
                              {**os.environ, "PATH": "/usr/bin:" + os.environ["PATH"]}):  # Debian's compiler first
                return []
        return [Contender("tokio", "peer", (str(made),), native=True)]

    def build(self, label, command, environment):
        print(f"building {label}", flush=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no words"])[-1]
            self.rows.skip(f"{label}: it does not build here: {last}")
        return done.returncode == 0

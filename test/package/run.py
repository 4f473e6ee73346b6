#!/usr/bin/env python3
"""What an installed Coil is worth: programs outside of its tree are built with it and run, and its parts are looked at.

    run.py --tree DIR --work DIR --traces TEXT,TEXT [--results FILE]

DIR is where Coil was installed, or moved to afterwards: nothing in it may name any of the traces (where it was built, where it
was installed first). One result per check.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 60  # seconds for one command
sys.path.insert(0, str(ROOT / "tools" / "check"))
from declarations import names_in, statements  # noqa: E402

CONSUMER = "stream: hello!\nthread: 9\nprocess: 27\nlimit: ETIMEDOUT\n"
GROUP = "work 1000: ECANCELED\ngroup: EINVAL: work 1 fails\n"
CXX = "gather: 3 7\n~guard\nlimit: ETIMEDOUT\n"


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


class Package:
    def __init__(self, tree, work, traces):
        self.tree, self.work, self.traces = tree, work, traces
        self.pc = next(tree.rglob("coil.pc"), tree).parent
        self.lib = self.pc.parent
        self.addons = sorted(path.stem.removeprefix("coil-") for path in self.pc.glob("coil-*.pc"))
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(self.pc)}

    def run(self, *command, **options):
        """the command's output; its failure is the check's"""
        command = [str(word) for word in command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL,
                              **{"env": self.environment, **options})
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}\n{done.stdout}{done.stderr}\nexit status {done.returncode}")
        return done.stdout

    def expect(self, output, *command, **options):
        printed = self.run(*command, **options)
        if printed != output:
            raise Failed(f"{' '.join(map(str, command))} printed\n{printed}instead of\n{output}")

    def copy(self, name):
        """a consumer's sources, out of Coil's tree"""
        folder = self.work / name
        shutil.copytree(HERE / name, folder)
        return folder

    # ---- programs ----

    def pkgconfig(self):
        need("make")
        folder = self.copy("pkgconfig")
        self.run("make", "-C", folder)
        self.expect(CONSUMER, folder / "consumer", env={**os.environ, "LD_LIBRARY_PATH": str(self.lib)})
        self.run("make", "-B", "-C", folder, "STATIC=1")
        self.expect(CONSUMER, folder / "consumer")

    def cmake_build(self, name):
        folder = self.copy(name)
        self.run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.tree}")
        self.run("ninja", "-C", folder / "build")
        return folder / "build"

    def cmake(self):
        build = self.cmake_build("cmake")
        expected = {"coil": GROUP, "static": GROUP, "http": "http: 200 hello\n", "tls": "tls: COIL_ETLS\n"}
        for name in ("coil", "static", *self.addons):
            self.expect(expected[name], build / f"consumer_{name}")

    def cxx(self):
        build = self.cmake_build("cxx")
        for standard in (17, 20):
            self.expect(CXX, build / f"consumer_{standard}")

    def archives(self):
        """the add-ons' static libraries, with what they stand on as it is"""
        for addon in self.addons:
            words = self.run("pkg-config", "--static", "--cflags", "--libs", f"coil-{addon}").split()
            words = [f"-l:lib{word[2:]}.a" if word.startswith("-lcoil") else word for word in words]
            wanted = self.run("pkg-config", "--print-requires-private", f"coil-{addon}").split()[0]
            own = [word for word in words if not word.startswith("-l") or "coil" in word]
            needs = self.run("pkg-config", "--libs", wanted, "liburing").split()
            program = self.work / f"archive-{addon}"
            self.run("gcc", "-pthread", HERE / "cmake" / f"{addon}.c", "-o", program, *own, *needs)
            if "libcoil" in self.run("ldd", program):
                raise Failed(f"{program} uses a shared library of Coil")
            self.run(program)

    def shared(self):
        """the tests of the interface, with the shared library as it is installed (the others link the static one)"""
        flags = self.run("pkg-config", "--cflags", "--libs", "coil", "check").split()
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self.lib)}
        environment.setdefault("CK_TIMEOUT_MULTIPLIER", "4")
        for source in sorted((ROOT / "test" / "api").glob("*.c")):
            program = self.work / f"shared-{source.stem}"
            self.run("gcc", "-D_GNU_SOURCE", f"-I{ROOT}/test", source, "-o", program, *flags, "-pthread")
            self.run(ROOT / "test" / "run.sh", "any", program, env=environment)

    # ---- what the libraries say of themselves ----

    def headers(self):
        return sorted((self.tree / "include").rglob("*.h"))

    def exports(self):
        """what the shared libraries export is what the headers declare, in one version"""
        public = {name for header in self.headers() for name in callable_by_linker(header)}
        exported = set()
        for library in sorted(self.lib.glob("libcoil*.so")):
            for line in self.run("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
                name, _, version = line.split()[2].partition("@@")
                if line.split()[1] == "A":
                    continue  # the version itself
                if version != "COIL_0.1":
                    raise Failed(f"{library.name}: {name} has the version {version!r}")
                exported.add(name)
        alien = {name for name in exported - public if not re.match(r"coil__(public|async)_", name)}
        absent = public - exported
        if alien or absent:
            raise Failed(f"exported, but in no header: {sorted(alien)}\nin a header, but not exported: {sorted(absent)}")

    def sonames(self):
        """a soname with its number in each, and the links to it"""
        for library in sorted(self.lib.glob("libcoil*.so")):
            said = re.search(r"SONAME.*\[(.*)\]", self.run("readelf", "-d", library))
            if not said or said[1] != f"{library.name}.0":
                raise Failed(f"{library.name}: its soname is {said and said[1]}")
            if not library.is_symlink() or not (self.lib / said[1]).is_symlink():
                raise Failed(f"{library.name} or {said[1]} is no link")
            if "TEXTREL" in self.run("readelf", "-d", library):
                raise Failed(f"{library.name} has relocations in its text")
            stack = re.search(r"GNU_STACK.*\n?.*\b(RWE?)\b", self.run("readelf", "-lW", library))
            if not stack or stack[1] != "RW":
                raise Failed(f"{library.name} wants an executable stack")

    def relocatable(self):
        """no file of it says where it was made"""
        for path in sorted(self.tree.rglob("*")):
            if path.is_symlink() or path.is_dir():
                continue
            found = [trace for trace in self.traces if trace.encode() in path.read_bytes()]
            if found:
                raise Failed(f"{path} names {', '.join(found)}")

    # ---- the manual ----

    def pages(self):
        return [path for path in sorted((self.tree / "share" / "man").rglob("coil*.[37]"))
                if not path.read_text(encoding="utf-8").startswith(".so ")]

    def manual(self):
        """each public function and macro has a page of its name, which leads to one where it is declared"""
        folder = self.tree / "share" / "man"
        for header in self.headers():
            for name in documented(header):
                link = folder / "man3" / f"{name}.3"
                target = re.fullmatch(r"\.so (man3/[\w-]+\.3)\n", link.read_text() if link.exists() else "")
                if not target or not re.search(rf"^\\fB(?:.*\W)?{name}\(", (folder / target[1]).read_text(), re.MULTILINE):
                    raise Failed(f"{name} of {header.name} is not in the manual")
        overview = (folder / "man7" / "coil.7").read_text(encoding="utf-8")
        asked = re.compile(r'"(COIL_(?!E\b)[A-Z_]+)"')
        for source in sorted((ROOT / "src").rglob("*.c")):
            for variable in asked.findall(source.read_text(encoding="utf-8")):
                if f".B {variable}\n" not in overview:
                    raise Failed(f"{variable} of {source.name} is not in coil.7")

    def rendered(self):
        """man has nothing to say about any page"""
        need("man")
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
        for path in self.pages():
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(path)], text=True,
                                  capture_output=True, timeout=LIMIT, check=False, env=environment)
            if done.returncode != 0 or done.stderr:
                raise Failed(f"{path}\n{done.stderr}")

    def linted(self):
        need("mandoc")
        self.run("mandoc", "-T", "lint", "-W", "warning", *self.pages())

    CHECKS = ("pkgconfig", "cmake", "cxx", "archives", "exports", "sonames", "relocatable", "manual", "rendered", "linted")


def documented(header):
    """the functions and macros of a header"""
    return [name for _, _, code in statements(header.read_text(encoding="utf-8")) for name in names_in(code)]


def callable_by_linker(header):
    """those that a library can export"""
    return [name for _, _, code in statements(header.read_text(encoding="utf-8")) for name in names_in(code)
            if not code.startswith("#") and "static" not in code.split("(")[0].split()]


def need(tool):
    if not shutil.which(tool):
        raise Skipped(f"{tool} is not installed")


def main():
    parser = argparse.ArgumentParser(description="builds programs with an installed Coil")
    parser.add_argument("--tree", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--traces", default="")
    parser.add_argument("--results")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    package = Package(arguments.tree.resolve(), arguments.work.resolve(), [t for t in arguments.traces.split(",") if t])
    lines = []
    for name in (*Package.CHECKS, *(("shared",) if os.environ.get("COIL_TEST_ALL") else ())):
        status, why = "passed", ""
        try:
            getattr(package, name)()
        except Skipped as lack:
            status, why = "failed" if os.environ.get("COIL_TEST_ALL") else "skipped", str(lack)
        except (Failed, subprocess.TimeoutExpired, OSError) as failure:
            status, why = "failed", "see the log"
            print(f"---- package.{name}\n{failure}\n")
        lines.append(f"{status}\tpackage.{name}\t{why}")
    if arguments.results:
        with open(arguments.results, "a", encoding="utf-8") as results:
            results.writelines(line + "\n" for line in lines)
        return 0
    print("\n".join(lines))
    return 1 if any(line.startswith("failed") for line in lines) else 0


sys.exit(main())

#!/usr/bin/env python3
"""Checks who includes whom: the table of rooms, below, as the design has it.

    includes.py [--root DIR]   checks the tree, prints each violation, exit status 1 if there is one
    includes.py --self-test    builds small trees with one violation each and sees that it is found

What is checked:
  * a room of src/ includes itself, the rooms of its row and public headers, nothing else
  * includes in src/ are written from src/ ("base/list.h"), public ones as "coil/errors.h"
  * add-ons, examples, tools, test/api and test/conformance see public headers and their own files
  * no two files include each other, also not by way of others
  * only src/engine knows the kernel's pollers
"""
import argparse
import pathlib
import re
import sys
import tempfile

ROOMS = {
    "base": [],
    "coro": ["base"],
    "engine": ["base"],
    "loop": ["base", "engine"],
    "task": ["base", "coro", "loop"],
    "sync": ["base", "task"],
    "work": ["base", "task", "loop"],
    "io": ["base", "loop", "task", "work"],
}
OUTSIDE = ["addons/*", "examples/*", "tools/*", "test/api", "test/conformance"]
POLLERS = {"liburing.h", "linux/io_uring.h", "sys/epoll.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
SUFFIXES = {".c", ".h", ".S"}


def files_under(folder):
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)


def includes_of(path):
    """(name, is it in quotes) for each include, in order; what stands in comments is not one"""
    text = COMMENT.sub(" ", path.read_text(encoding="utf-8"))
    return [(quoted or system, bool(quoted)) for quoted, system in INCLUDE.findall(text)]


class Checker:
    def __init__(self, root):
        self.root = root
        self.violations = []
        self.graph = {}
        public = [root / "include"]
        public += sorted(root.glob("addons/*/include"))
        self.public_dirs = [folder for folder in public if folder.is_dir()]

    def violation(self, path, sentence):
        self.violations.append(f"{path.relative_to(self.root)}: {sentence}")

    def public(self, name):
        for folder in self.public_dirs:
            if (folder / name).is_file():
                return folder / name
        return None

    def note(self, path, target):
        self.graph.setdefault(path, []).append(target)

    def check_room(self, room):
        allowed = {room, *ROOMS[room]}
        for path in files_under(self.root / "src" / room):
            for name, quoted in includes_of(path):
                if not quoted:
                    if name in POLLERS and room != "engine":
                        self.violation(path, f"<{name}>: only src/engine knows the kernel's pollers")
                    continue
                public = self.public(name)
                if public is not None:
                    self.note(path, public)
                    continue
                target = self.root / "src" / name
                head = name.split("/")[0]
                if "/" not in name or not target.is_file():
                    self.violation(path, f'"{name}" is neither a file under src/ nor a public header')
                elif head not in allowed:
                    rooms = ", ".join(ROOMS[room]) or "libc only"
                    self.violation(path, f'"{name}": {room} may include {rooms}')
                else:
                    self.note(path, target)

    def check_public(self):
        for folder in self.public_dirs:
            for path in files_under(folder):
                for name, quoted in includes_of(path):
                    target = self.public(name)
                    if target is not None:
                        self.note(path, target)
                    elif quoted:
                        self.violation(path, f'"{name}" is not a public header')
                    elif name in POLLERS:
                        self.violation(path, f"<{name}>: only src/engine knows the kernel's pollers")

    def check_outside(self, folder):
        """folder: one add-on, one example, test/api: public headers and its own files"""
        helpers = self.root / "test"
        lists = " ".join(path.read_text(encoding="utf-8") for path in folder.rglob("CMakeLists.txt"))
        for path in files_under(folder):
            for name, quoted in includes_of(path):
                if not quoted:
                    if name in POLLERS:
                        self.violation(path, f"<{name}>: only src/engine knows the kernel's pollers")
                    continue
                public = self.public(name)
                if public is not None:
                    self.note(path, public)
                    continue
                places = [path.parent, folder, *(parent for parent in path.parents if folder in parent.parents)]
                places += [folder / "src", folder / "include"]
                own = next((place / name for place in places if (place / name).is_file()), None)
                if own is not None and folder in own.resolve().parents:
                    self.note(path, own.resolve())
                elif (helpers / name).is_file() and "/" not in name:
                    self.note(path, helpers / name)  # what all tests share
                elif pathlib.Path(name).stem in lists:
                    continue  # made by the build, as the folder's own list says
                else:
                    self.violation(path, f'"{name}": here only include/ and its own files may be included')

    def check_cycles(self):
        state = {}  # absent: not seen, 1: on the way, 2: done

        def walk(path, way):
            state[path] = 1
            for target in self.graph.get(path, []):
                if state.get(target) == 1:
                    circle = [*way[way.index(target):], target]
                    names = " -> ".join(str(file.relative_to(self.root)) for file in circle)
                    self.violation(path, f"files include each other: {names}")
                elif target not in state:
                    walk(target, [*way, target])
            state[path] = 2

        for path in sorted(self.graph):
            if path not in state:
                walk(path, [path])

    def run(self):
        source = self.root / "src"
        if source.is_dir():
            for folder in sorted(path for path in source.iterdir() if path.is_dir()):
                if folder.name in ROOMS:
                    self.check_room(folder.name)
                elif files_under(folder):
                    self.violation(folder, "a room that the table does not have")
            for path in sorted(path for path in source.iterdir() if path.suffix in SUFFIXES):
                self.violation(path, "sources live in rooms, not in src/ itself")
        self.check_public()
        for pattern in OUTSIDE:
            for folder in sorted(path for path in self.root.glob(pattern) if path.is_dir()):
                self.check_outside(folder)
        self.check_cycles()
        return self.violations


# ---- self-test: (what it shows, files of a tree, a piece of the expected violation or None) ----

CASES = [
    ("a clean tree", {
        "src/base/a.h": "", "src/base/a.c": '#include "base/a.h"\n#include "coil/x.h"\n',
        "src/engine/e.c": '#include <liburing.h>\n#include "base/a.h"\n',
        "test/api/t.c": '#include "coil/x.h"\n#include "helper.h"\n',
        "examples/one/x.c": '#include "part.h"\n', "examples/one/part.h": "",
    }, None),
    ("a lower room includes an upper one", {
        "src/task/t.h": "", "src/loop/l.c": '#include "task/t.h"\n'}, "loop may include base, engine"),
    ("a private header in an api test", {
        "src/base/a.h": "", "test/api/t.c": '#include "base/a.h"\n'}, "only include/"),
    ("a private header by a relative path", {
        "src/base/a.h": "", "examples/one/x.c": '#include "../../src/base/a.h"\n'}, "only include/"),
    ("a header that the build makes", {
        "examples/one/CMakeLists.txt": "add_custom_command(OUTPUT assets.h)\n",
        "examples/one/x.c": '#include "assets.h"\n'}, None),
    ("the files of another example", {
        "examples/two/y.h": "", "examples/one/x.c": '#include "../two/y.h"\n'}, "only include/"),
    ("two headers that include each other", {
        "src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'}, "include each other"),
    ("a circle of three, through a public header", {
        "include/coil/p.h": '#include "coil/q.h"\n', "include/coil/q.h": '#include "coil/r.h"\n',
        "include/coil/r.h": '#include "coil/p.h"\n'}, "include each other"),
    ("epoll outside of the engine", {"src/io/s.c": "#include <sys/epoll.h>\n"}, "only src/engine"),
    ("io_uring in an add-on", {"addons/x/src/x.c": "#include <liburing.h>\n"}, "only src/engine"),
    ("an include that is not written from src/", {
        "src/base/a.h": "", "src/base/a.c": '#include "a.h"\n'}, "neither a file under src/"),
    ("an unknown room", {"src/cellar/a.c": ""}, "a room that the table does not have"),
    ("an include in a comment is none", {
        "src/task/t.h": "", "src/base/a.c": '/*\n#include "task/t.h"\n*/\n'}, None),
]


def self_test():
    wrong = 0
    for title, tree, expected in CASES:
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name).resolve()
            for path, text in {"include/coil/x.h": "", "test/helper.h": "", **tree}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            found = Checker(root).run()
        good = not found if expected is None else len(found) == 1 and expected in found[0]
        if not good:
            wrong += 1
            print(f"self-test: {title}: expected {expected!r}, found {found}")
    print(f"{len(CASES)} cases, {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="checks who includes whom")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return 1 if self_test() else 0
    violations = Checker(arguments.root.resolve()).run()
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violations of the include table")
    return 1 if violations else 0


sys.exit(main())

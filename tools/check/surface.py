#!/usr/bin/env python3
"""docs/asyncio-to-coil.md names only what exists, and, seen from Python 3.13, all of asyncio.

    surface.py               exit status 1 with a complaint for each name
    surface.py --self-test
"""
import asyncio
import inspect
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "asyncio-to-coil.md"
COIL_NAME = re.compile(r"\b(?:coil|COIL)_\w+")
# environment variables: named in the headers' comments or in src/, declared nowhere
VARIABLES = {"COIL_BACKEND", "COIL_DEBUG"}


def declared():
    """every Coil name that a public header has in its code, not in its comments"""
    names = set()
    for header in [*ROOT.glob("include/**/*.h"), *ROOT.glob("addons/*/*.h"), *ROOT.glob("addons/*/include/*.h")]:
        code = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.DOTALL)
        names |= set(COIL_NAME.findall(code))
    errors = (ROOT / "include" / "coil" / "errors.h").read_text(encoding="utf-8")
    return names | {f"COIL_E{name}" for name in re.findall(r"\bX\((\w+), \d", errors)}


def asyncio_names():
    """asyncio's public names and those of its classes' methods"""
    for name in asyncio.__all__:
        thing = getattr(asyncio, name, None)
        yield name
        if inspect.isclass(thing) and not issubclass(thing, BaseException):
            for method in dir(thing):
                if not method.startswith("_"):
                    yield method


def complaints(text, names, wanted):
    for name in sorted(set(COIL_NAME.findall(text)) - names - VARIABLES):
        yield f"{PAGE.name}: {name} is in no public header"
    words = set(re.findall(r"\w+", text))
    for name in sorted(set(wanted) - words):
        yield f"{PAGE.name}: asyncio's {name} is not mentioned"


def self_test():
    found = list(complaints("`coil_sleep` `coil_slumber` `sleep`", {"coil_sleep"}, ["sleep", "gather"]))
    assert len(found) == 2 and "coil_slumber" in found[0] and "gather" in found[1], found
    assert {"coil_sleep", "coil_gather", "COIL_TIMEOUT", "COIL_ESTALE"} <= declared()
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    wanted = asyncio_names() if sys.version_info[:2] == (3, 13) else ()
    found = list(complaints(PAGE.read_text(encoding="utf-8"), declared(), wanted))
    for complaint in found:
        print(complaint)
    print(f"{len(found)} complaints about {PAGE.name}")
    return 1 if found else 0


sys.exit(main())

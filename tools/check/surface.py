#!/usr/bin/env python3
"""docs/asyncio-to-coil.md names only what exists, every public function of Coil, and all of asyncio.

    surface.py               exit status 1 with a complaint for each name
    surface.py --write       writes asyncio-3.13.txt anew: asyncio's names, as Python 3.13 has them
    surface.py --self-test

Run by Python 3.13 it also makes sure that the list is right; any other takes it as it is.
"""
import asyncio
import inspect
import pathlib
import re
import sys

from declarations import names_in, statements

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "asyncio-to-coil.md"
LIST = pathlib.Path(__file__).with_name("asyncio-3.13.txt")
COIL_NAME = re.compile(r"\b(?:coil|COIL)_\w+")
# environment variables: named in the headers' comments or in src/, declared nowhere
VARIABLES = {"COIL_BACKEND", "COIL_DEBUG"}


def headers():
    return [*ROOT.glob("include/**/*.h"), *ROOT.glob("addons/*/include/*.h")]


def functions():
    """every public function and macro that is called"""
    return {name for header in headers() for _, _, code in statements(header.read_text(encoding="utf-8"))
            for name in names_in(code)}


def declared():
    """every Coil name that a public header has in its code, not in its comments"""
    names = set()
    for header in headers():
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


def complaints(text, names, public, wanted):
    mentioned = set(COIL_NAME.findall(text))
    for name in sorted(mentioned - names - VARIABLES):
        yield f"{PAGE.name}: {name} is in no public header"
    for name in sorted(public - mentioned):
        yield f"{PAGE.name}: {name} is not mentioned"
    for name in sorted(set(wanted) - set(re.findall(r"\w+", text))):
        yield f"{PAGE.name}: asyncio's {name} is not mentioned"


def self_test():
    found = list(complaints("`coil_sleep` `coil_slumber` `sleep`", {"coil_sleep"}, {"coil_sleep", "coil_nap"}, ["sleep", "gather"]))
    assert len(found) == 3 and "coil_slumber" in found[0] and "coil_nap" in found[1] and "gather" in found[2], found
    assert {"coil_sleep", "coil_gather", "COIL_TIMEOUT"} <= functions()
    assert {"coil_sleep", "coil_gather", "COIL_TIMEOUT", "COIL_ESTALE"} <= declared()
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    seen = sorted(set(asyncio_names())) if sys.version_info[:2] == (3, 13) else None
    if sys.argv[1:] == ["--write"]:
        if not seen:
            sys.exit("surface.py --write is for Python 3.13")
        LIST.write_text("\n".join(seen) + "\n", encoding="utf-8")
    wanted = LIST.read_text(encoding="utf-8").split()
    found = list(complaints(PAGE.read_text(encoding="utf-8"), declared(), functions(), wanted))
    if seen and seen != wanted:
        found.append(f"{LIST.name} is not what this Python says: run surface.py --write")
    for complaint in found:
        print(complaint)
    print(f"{len(found)} complaints about {PAGE.name}")
    return 1 if found else 0


sys.exit(main())

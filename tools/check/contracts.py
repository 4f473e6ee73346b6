#!/usr/bin/env python3
"""Every public function has a contract, and the contract says what happens.

    contracts.py                 checks the comments in include/, exit status 1 if one is missing or malformed
    contracts.py --list          name<TAB>from<TAB>suspends of each function, for the tests
    contracts.py --places FILE   also compares the comments with what a test saw, see below
    contracts.py --self-test

A contract stands right before its function (or function-like macro) and says, as whole words,
    From: any thread | loop thread | coroutine     Suspends: yes | no     Cancel: a sentence
What suspends says what a cancellation leaves behind; what doesn't says `not applicable`. Names that begin
with coil__ or COIL__ are internal.

FILE has a line `NAME PLACE RESULT` for each place from which the test called the function:
    none       a thread that has no loop               fine       it did its work, or refused its arguments
    callback   a callback of the running loop          suspended  it suspended the task, then as fine
    coroutine  a task                                  refused    an error of place: COIL_ENOLOOP, COIL_ENOTASK,
    other      another thread, with the loop's object             COIL_EWRONGTHREAD; NULL where that is the error
    cancel     a task that is cancelled in it          silent     it gives nothing back that could tell
                                                       cancelled  -ECANCELED came out;  kept: its own result did
"""
import argparse
import collections
import pathlib
import re
import sys
import tempfile

from declarations import names_in, statements

ROOT = pathlib.Path(__file__).resolve().parents[2]
FROM = ("any thread", "loop thread", "coroutine")
# words of a Cancel: that let a cancelled call give its own result
KEPT = re.compile(r"next suspension|delivered|reported|may have|may go on|waited for|all the same")

Contract = collections.namedtuple("Contract", "name where come suspends cancel")


def parse(comment, where, name):
    """(Contract or None, complaint or None)"""
    if comment is None:
        return None, f"{where}: {name} has no contract comment right before it"
    words = " ".join(re.sub(r"^\s*\*", "", line) for line in comment.splitlines())
    words = re.sub(r"\s+", " ", words)
    match = re.search(r"\bFrom: (.*?) ?\bSuspends: (.*?) ?\bCancel: (.*?)\s*$", words)
    if not match:
        return None, f"{where}: {name}: the contract lacks From:, Suspends: or Cancel: (in this order)"
    come, suspends, cancel = (piece.strip() for piece in match.groups())
    place = next((place for place in FROM if re.match(place + r"\b", come)), None)
    if place is None:
        return None, f"{where}: {name}: From: is `{come}`, not one of: {', '.join(FROM)}"
    if not re.match(r"(yes|no)\b", suspends):
        return None, f"{where}: {name}: Suspends: is `{suspends}`, not yes or no"
    if suspends.startswith("yes") == cancel.startswith("not applicable"):
        return None, f"{where}: {name}: Suspends: {suspends.rstrip('.')} does not go with Cancel: {cancel}"
    return Contract(name, where, place, suspends.rstrip("."), cancel), None


def read_headers(root):
    contracts, complaints = {}, []
    headers = sorted((root / "include").rglob("*.h")) + sorted(root.glob("addons/*/include/**/*.h"))
    for header in headers:
        for line, comment, code in statements(header.read_text(encoding="utf-8")):
            for name in names_in(code):
                where = f"{header.relative_to(root)}:{line}"
                contract, complaint = parse(comment, where, name)
                if name in contracts:
                    continue  # declared twice: the first one has the contract
                if complaint:
                    complaints.append(complaint)
                else:
                    contracts[name] = contract
    return contracts, complaints


# ---- the contracts beside what a test saw ----

REFUSES = {"any thread": set(), "loop thread": {"none", "other"}, "coroutine": {"none", "callback", "other"}}


def compare(contract, seen):
    """complaints about one function; seen: place -> set of results"""
    def wrong(sentence):
        return f"{contract.where}: {contract.name}: {sentence}"

    for place in ("none", "callback", "coroutine", "other"):
        results = seen.get(place)
        if not results:
            yield wrong(f"the test did not call it from `{place}`")
        elif place in REFUSES[contract.come]:
            if not results <= {"refused", "silent"}:
                yield wrong(f"From: {contract.come}, but called from `{place}` it was {', '.join(sorted(results))}")
        elif "refused" in results:
            yield wrong(f"From: {contract.come}, but it refused to be called from `{place}`")
    everything = set().union(*seen.values())
    if contract.suspends == "no" and "suspended" in everything:
        yield wrong("Suspends: no, but it did")
    if contract.suspends == "yes" and "suspended" not in everything:
        yield wrong("Suspends: yes, but it never did")
    if contract.suspends.startswith("no"):
        if "cancel" in seen:
            yield wrong("Cancel: not applicable, but the test cancelled it")
    elif "cancel" not in seen:
        yield wrong("it suspends, but the test did not cancel it")
    elif "kept" in seen["cancel"] and not KEPT.search(contract.cancel):
        yield wrong("cancelled, it gave its own result, and the next suspension the cancellation; Cancel: does not say so")
    elif "cancelled" not in seen["cancel"] and "kept" not in seen["cancel"]:
        yield wrong(f"cancelled, it was {', '.join(sorted(seen['cancel']))}")


def compare_all(contracts, lines):
    complaints, seen = [], collections.defaultdict(lambda: collections.defaultdict(set))
    for line in lines:
        if not line.strip():
            continue
        name, place, result = line.split()[:3]
        if name not in contracts:
            complaints.append(f"the test calls {name}, which has no contract")
        seen[name][place].add(result)
    for name, contract in contracts.items():
        if name.startswith("COIL_"):
            continue  # scopes and declarations: their functions are in the list by themselves
        if name not in seen and contract.where.startswith("addons/"):
            continue  # the test of places knows Coil alone; an add-on's tests are its own
        if name not in seen:
            complaints.append(f"{contract.where}: {name} is not in the test of places")
        else:
            complaints += compare(contract, seen[name])
    return complaints


# ---- self-test ----

GOOD = "/* Does it.\n * From: loop thread. Suspends: no. Cancel: not applicable. */\n"
WAITS = "/* Waits. From: coroutine. Suspends: yes. Cancel: ends the wait. */\n"
HEADERS = [  # a header, and what is complained of (None: nothing)
    (GOOD + "int coil_a(int x);", None),
    (GOOD + "__attribute__((format(printf, 1, 2)))\nint coil_a(const char *f, ...);", None),
    ("int coil_a(int x);", "no contract comment"),
    (GOOD + "\nint coil_a(int x);", "no contract comment"),
    (GOOD + "int coil_a(int x);\nint coil_b(int x);", "coil_b has no contract"),
    (GOOD + "int coil__a(int x);\nint coil__b(void);", None),
    (WAITS + "COIL_DECLARE(coil_a, (int, x));", None),
    ("COIL_DECLARE(coil_a, (int, x));", "no contract comment"),
    ("#define coil_a(x) (x)\n", "no contract comment"),
    ("#define COIL_A 1\ntypedef struct coil_b coil_b;\ntypedef int (*coil_fn)(coil_b *b);", None),
    ("struct coil_b {\n    int (*coil_open)(int);\n};", None),
    ('extern "C" {\n' + GOOD + "coil_task *coil_a(void);\n}", None),
    ("/* From: anywhere. Suspends: no. Cancel: not applicable. */\nint coil_a(void);", "not one of"),
    ("/* From: any thread. Suspends: perhaps. Cancel: x. */\nint coil_a(void);", "not yes or no"),
    ("/* From: coroutine. Suspends: yes. Cancel: not applicable. */\nint coil_a(void);", "does not go with"),
    ("/* From: any thread. Suspends: no. */\nint coil_a(void);", "lacks"),
    ("/* Says nothing. */\nstatic inline int coil_a(void)\n{\n    return 1;\n}", "lacks"),
]
FINE = {"none": "refused", "callback": "fine", "coroutine": "fine", "other": "refused"}
ALL = {"none": "refused", "callback": "refused", "coroutine": "suspended", "other": "refused", "cancel": "cancelled"}
PLACES = [  # a contract, what was seen, and what is complained of
    (GOOD, FINE, None),
    (GOOD, {**FINE, "none": "fine"}, "called from `none`"),
    (GOOD, {**FINE, "callback": "refused"}, "refused to be called from `callback`"),
    (GOOD, {**FINE, "none": "silent", "coroutine": "silent"}, None),
    (GOOD, {**FINE, "coroutine": "suspended"}, "Suspends: no, but"),
    (GOOD, {**FINE, "cancel": "cancelled"}, "not applicable"),
    (GOOD, {key: FINE[key] for key in ("none", "callback", "coroutine")}, "did not call it from `other`"),
    (GOOD, {}, "is not in the test"),
    (WAITS, ALL, None),
    (WAITS, {**ALL, "coroutine": "fine"}, "never did"),
    (WAITS, {**ALL, "callback": "fine"}, "called from `callback`"),
    (WAITS, {**ALL, "cancel": "kept"}, "gave its own result"),
    (WAITS, {key: ALL[key] for key in FINE}, "did not cancel it"),
]


def self_test():
    wrong = 0

    def judge(title, complaints, expected):
        good = not complaints if expected is None else len(complaints) == 1 and expected in complaints[0]
        if not good:
            print(f"self-test: {title!r}: expected {expected!r}, got {complaints}")
        return not good

    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "include" / "coil").mkdir(parents=True)
        header = root / "include" / "coil" / "x.h"
        for text, expected in HEADERS:
            header.write_text(text + "\n", encoding="utf-8")
            wrong += judge(text, read_headers(root)[1], expected)
        for text, seen, expected in PLACES:
            header.write_text(text + "int coil_a(void);\n", encoding="utf-8")
            lines = [f"coil_a {place} {result}" for place, result in seen.items()]
            wrong += judge(lines, compare_all(read_headers(root)[0], lines), expected)
    print(f"{len(HEADERS) + len(PLACES)} cases, {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="checks the contracts of the public functions")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--places", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return 1 if self_test() else 0
    contracts, complaints = read_headers(ROOT)
    if arguments.list:
        for contract in contracts.values():
            print(f"{contract.name}\t{contract.come}\t{contract.suspends}")
        return 0
    if arguments.places:
        complaints += compare_all(contracts, arguments.places.read_text(encoding="utf-8").splitlines())
    for complaint in complaints:
        print(complaint)
    print(f"{len(contracts)} contracts, {len(complaints)} complaints")
    return 1 if complaints else 0


sys.exit(main())

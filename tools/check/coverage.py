#!/usr/bin/env python3
"""How many lines of src/ the tests run, of gcovr's JSON.

    coverage.py REPORT.json [--least PERCENT]

Prints each function that has lines which no test ran, with these lines, and the figure of each file. docs/coverage.md says
why a line is not run: a function that it does not name is marked with `?`. Fails when less than PERCENT (90) of all
lines were run, or when a file with less than that is not named in docs/coverage.md.
"""
import argparse
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
REASONS = ROOT / "docs" / "coverage.md"


def lines_of(entry):
    """(all lines with code, those that were not run), by number"""
    code = {}
    for line in entry["lines"]:
        if line.get("gcovr/noncode") or line.get("gcovr/excluded"):
            continue
        code[line["line_number"]] = max(code.get(line["line_number"], 0), line["count"])
    return sorted(code), sorted(n for n, count in code.items() if count == 0)


def function_of(entry, number):
    """the function that the line is in: the last one that begins before it"""
    before = [f for f in entry.get("functions", []) if f["lineno"] <= number]
    return max(before, key=lambda f: f["lineno"])["name"] if before else "?"


def ranges(numbers):
    """1, 2, 3, 7 as 1-3 7"""
    parts = []
    for n in numbers:
        if parts and parts[-1][1] == n - 1:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--least", type=float, default=90.0)
    arguments = parser.parse_args()
    reasons = REASONS.read_text(encoding="utf-8")
    named = set(re.findall(r"`([^`\s]+)`", reasons))
    total = run = unexplained = 0
    complaints = []
    for entry in sorted(json.loads(arguments.report.read_text(encoding="utf-8"))["files"], key=lambda e: e["file"]):
        code, missed = lines_of(entry)
        total += len(code)
        run += len(code) - len(missed)
        if not missed:
            continue
        percent = 100 * (1 - len(missed) / len(code))
        print(f"{percent:5.1f} %  {entry['file']}")
        functions = {}
        for number in missed:
            functions.setdefault(function_of(entry, number), []).append(number)
        for name, numbers in functions.items():
            known = name in named
            unexplained += 0 if known else len(numbers)
            print(f"         {' ' if known else '?'} {name}: {ranges(numbers)}")
        if percent < arguments.least and entry["file"] not in named:
            complaints.append(f"{entry['file']} has {percent:.1f} %, and docs/coverage.md does not say why")
    figure = 100 * run / max(total, 1)
    print(f"{run} of {total} lines of src/ were run: {figure:.2f} %; "
          f"{total - run} not, of which docs/coverage.md explains {total - run - unexplained}")
    if figure < arguments.least:
        complaints.append(f"less than {arguments.least:g} % of src/")
    for complaint in complaints:
        print(f"coverage: {complaint}")
    raise SystemExit(1 if complaints else 0)


if __name__ == "__main__":
    main()

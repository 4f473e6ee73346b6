#!/usr/bin/env python3
"""junit.py PREFIX REPORT RESULTS: CTest's JUnit report as lines `status<TAB>PREFIX.name<TAB>reason`.

The lines are added to RESULTS; what failed tests printed goes to stdout. The reason of a skip is the
last line that the test printed: a skipped test says what is missing. No report at all, or one without
a test, is a failure, since then nobody knows what ran.
"""
import sys
import xml.etree.ElementTree as ElementTree


def last_line(case):
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1].replace("\t", " ") if lines else "it did not say why"


def judge(case):
    """(status, reason) of a test"""
    if case.get("status") == "run":
        return "passed", ""
    if case.find("skipped") is not None:
        message = case.find("skipped").get("message", "")
        if "SKIP_RETURN_CODE" in message:
            return "skipped", last_line(case)
        return "failed", f"did not run: {message}"
    failure = case.find("failure")
    why = (failure.get("message") if failure is not None else None) or "failed"
    return "failed", why.splitlines()[0]


def main():
    prefix, report, results = sys.argv[1:]
    lines = []
    try:
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
        if not cases:
            lines.append(f"failed\t{prefix}\tctest found no test")
    except (OSError, ElementTree.ParseError) as error:
        cases = []
        lines.append(f"failed\t{prefix}\tno report from ctest: {error}")
    for case in cases:
        status, reason = judge(case)
        lines.append(f"{status}\t{prefix}.{case.get('name')}\t{reason}")
        if status == "failed":
            print(f"---- {case.get('name')}: {reason}, after {case.get('time')} s")
            print((case.findtext("system-out") or "").rstrip())
    with open(results, "a", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in lines)


main()

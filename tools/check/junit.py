#!/usr/bin/env python3
"""junit.py PREFIX FILE: CTest's JUnit report as lines `status<TAB>PREFIX.name<TAB>reason`.

The reason of a skip is the last line that the test printed: a skipped test says what is missing.
No report at all is a failure, since then nobody knows what ran.
"""
import sys
import xml.etree.ElementTree as ElementTree


def last_line(case):
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1].replace("\t", " ") if lines else "it did not say why"


def main():
    prefix, path = sys.argv[1:]
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        print(f"failed\t{prefix}\tno report from ctest: {error}")
        return
    if not cases:
        print(f"failed\t{prefix}\tctest found no test")
    for case in cases:
        name = f"{prefix}.{case.get('name')}"
        if case.get("status") == "run":
            print(f"passed\t{name}\t")
        elif case.find("skipped") is not None:
            message = case.find("skipped").get("message", "")
            if "SKIP_RETURN_CODE" in message:
                print(f"skipped\t{name}\t{last_line(case)}")
            else:
                print(f"failed\t{name}\tdid not run: {message}")
        else:
            failure = case.find("failure")
            why = (failure.get("message") if failure is not None else None) or "failed"
            print(f"failed\t{name}\t{why.splitlines()[0]}")


main()

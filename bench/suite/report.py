"""docs/benchmarks.md: each topic that was measured replaces its own part, between two comments, or gets one before the mark `<!-- bench: new -->`;
what people wrote around them stays. The same rows go into docs/benchmarks/results.json, for programs, by topic with the machine of each.
"""
import json
import pathlib
import re

from . import curves
from .measure import figure

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "benchmarks"
RESULTS = PICTURES / "results.json"
NEW = "<!-- bench: new -->"
WIDE = 6  # so many columns at most, and things to do become columns; with more of them they are the lines
PAIRED = " In square brackets: the interval of 95 % for the median of the ratios within each round."


def cell(rows, row):
    limit, coil = rows.limit(row), rows.coil(row)
    text = figure(row.median())
    if row.kind != "limit" and limit:
        text += f" (x {row.median() / limit:.2f})"
    elif row.kind == "peer" and coil and coil.median() > 0:
        text += f" (x {row.median() / coil.median():.2f})"
    paired = rows.paired(row) if row.kind == "coil" else None
    if paired and paired[1] is not None:
        text += f" [{paired[1]:.2f}..{paired[2]:.2f}]"
    if len(row.values) > 1:
        text += f", {figure(min(row.values))}..{figure(max(row.values))}"
    return text


def table(head, lines):
    return ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|", *("| " + " | ".join(line) + " |" for line in lines)]


def crossed(rows, topic, text):
    """a table of text(row): contenders down and things to do across, or the other way round when these are many"""
    mine = [row for row in rows if row.topic == topic]
    whats, names = list(dict.fromkeys(r.what for r in mine)), list(dict.fromkeys(r.contender for r in mine))
    found = {(r.what, r.contender): text(r) for r in mine}
    bold = {r.contender: f"**{r.contender}**" if r.kind == "coil" else r.contender for r in mine}
    if len(whats) > WIDE:
        return table(["", *(bold[n] for n in names)], [[w, *(found.get((w, n), "") for n in names)] for w in whats])
    return table(["", *whats], [[bold[n], *(found.get((w, n), "") for w in whats)] for n in names])


def losses(rows, topic):
    """where a peer is cheaper than Coil as it comes"""
    lost = []
    for row in rows:
        coil = rows.coil(row)
        if row.topic == topic and row.kind == "peer" and coil and row.median() < coil.median():
            lost.append(f"{row.what}: {row.contender}, x {row.median() / coil.median():.2f}")
    return lost


def counts(row):
    calls = "" if row.syscalls is None else f"{row.syscalls:.2f}"
    return calls if row.instructions is None else f"{calls} / {row.instructions:,.0f}"


def measured(rows, machine, settings):
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    rounds = sorted({len(row.values) for row in rows})
    how_many = f"{rounds[0]} round{'s' * (rounds[0] > 1)}" if len(rounds) == 1 else f"{rounds[-1]} rounds, {rounds[0]} for what is far from the limit"
    return (f"Measured {machine['date']} at commit `{machine['commit']}` by `./dev bench {settings.words}`: {machine['cpus']} CPUs "
            f"({machine['processor']}), Linux {machine['kernel']}, load average {machine['load']:.1f} before it; "
            f"{how_many}: medians, and the range. {versions}.")


def part(rows, topic, machine, settings, picture):
    mine = [row for row in rows if row.topic == topic]
    against = "the limit" if any(r.kind == "limit" for r in mine) else "Coil"
    beside = "wall time stands in the JSON" if any(r.wall for r in mine) else "CPU time stands in the JSON" if any(r.cpu for r in mine) else ""
    intervals = any((rows.paired(r) or (0, None))[1] is not None for r in mine if r.kind == "coil")
    units = " or ".join(dict.fromkeys(row.unit for row in mine))
    out = [f"## {topic[0].upper()}{topic[1:]}, {units}", "", measured(mine, machine, settings), "",
           f"In brackets: as a multiple of {against}{'; ' + beside if beside else ''}.{PAIRED if intervals else ''}", "",
           *crossed(rows, topic, lambda row: cell(rows, row))]
    if any(row.syscalls is not None for row in mine):
        out += ["", f"System calls / instructions in user space, per operation. {settings.ways.words()}", "", *crossed(rows, topic, counts)]
    if picture:
        out += ["", *curves.verdicts(rows, topic), "", f"![{topic}](benchmarks/{picture})"]
    lost = losses(rows, topic)
    if any(row.kind == "peer" for row in mine):
        out += ["", f"Coil loses: {'; '.join(lost)}." if lost else "Coil loses to no peer here."]
    return "\n".join(out)


def file_name(topic):
    return re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")


def replace(page, name, text):
    begin, end = f"<!-- bench: {name} -->", f"<!-- end: {name} -->"
    text = f"{begin}\n{text}\n{end}"
    if begin in page:
        return page[:page.index(begin)] + text + page[page.index(end) + len(end):]
    return page.replace(NEW, f"{text}\n\n{NEW}")


def keep_results(rows, machine, settings):
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for topic in dict.fromkeys(row.topic for row in rows):
        mine = [{key: value for key, value in vars(row).items() if key != "topic"} for row in rows if row.topic == topic]
        known[topic] = {"machine": machine, "options": settings.words, "rows": mine}
    RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def write(rows, machine, settings):
    page, pictures = PAGE.read_text(encoding="utf-8"), curves.pictures(rows)
    if NEW not in page:
        raise SystemExit(f"bench: {PAGE.name} has no mark {NEW}")
    PICTURES.mkdir(exist_ok=True)
    for topic in dict.fromkeys(row.topic for row in rows):
        name = file_name(topic)
        picture = f"{name}.svg" if topic in pictures else None
        if picture:
            (PICTURES / picture).write_text(pictures[topic], encoding="utf-8")
        page = replace(page, name, part(rows, topic, machine, settings, picture))
    left_out = [f"- {words}" for words in rows.skipped] or ["- nothing"]
    page = replace(page, "left-out", "\n".join([f"Left out by `./dev bench {settings.words}` at commit `{machine['commit']}`:", "", *left_out]))
    PAGE.write_text(page, encoding="utf-8")
    keep_results(rows, machine, settings)
    print(f"written: {PAGE.relative_to(ROOT)}, {RESULTS.relative_to(ROOT)}")

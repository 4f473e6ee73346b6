#!/usr/bin/env python3
"""The manual, made from the contracts in the headers.

    man.py --version V --out DIR [--overview TEXT] HEADER...

One page per header in DIR/man3 (coil/task.h is coil-task(3)), and a page of one line for each function, so that
`man coil_gather` finds its chapter. With --overview also DIR/man7/coil.7: TEXT, which is a page but for lines
`@chapters@` and `@errors@`, where the chapters and Coil's errors go. DIR is made new: pages of functions that are gone
do not stay.
"""
import argparse
import os
import pathlib
import re
import shutil
import sys
import textwrap
import time

from chapter import Chapter, errors_in

# what is printed bold: Coil's names, and errors by their symbol
STRONG = re.compile(r"`([^`]*)`|(-?\b(?:coil|COIL)_\w+(?:\(\))?|-E[A-Z]\w+|\bcoil/\w+\.h\b)")


def plain(text):
    """text without any meaning to roff"""
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")


def words(text):
    """a paragraph in roff: no line begins with a control character, and names are bold"""
    pieces, position = [], 0
    for match in STRONG.finditer(text):
        pieces.append(plain_words(text[position:match.start()]))
        pieces.append(f"\\fB{plain(' '.join((match[1] or match[2] or '').split()))}\\fR")
        position = match.end()
    pieces.append(plain_words(text[position:]))
    lines = textwrap.wrap(" ".join("".join(pieces).split()), 100, break_long_words=False, break_on_hyphens=False)
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in lines)


def plain_words(text):
    """hyphens between letters are hyphens, others are minus signs; *words* are in italics"""
    text = re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", "\x01", text)
    text = re.sub(r"(?<!\S)\*([a-z]+(?: [a-z]+)*)\*(?!\w)", "\x02\\1\x03", text)
    return plain(text).replace("\x01", "-").replace("\x02", "\\fI").replace("\x03", "\\fR")


def program(lines):
    """a piece of code, with its lines as they are"""
    text = textwrap.dedent("\n".join(lines)).splitlines()
    body = "\n".join("\\&" + plain(line) if line[:1] in ".'" else plain(line) for line in text)
    return f".PP\n.RS 4\n.nf\n{body}\n.fi\n.RE\n"


def prose(paragraphs):
    """paragraphs, some of which are programs"""
    out = ""
    for paragraph in paragraphs:
        lines = paragraph.splitlines()
        if all(line.startswith("    ") for line in lines):
            out += program(lines)
        else:
            out += f".PP\n{words(paragraph)}\n"
    return out


def declaration(item):
    """the lines of a declaration, bold, broken at commas where one is long"""
    if item.kind == "type":
        return [f"\\fB{plain(line)}\\fR" for line in item.declaration]
    head, bracket, inside = item.declaration[0].partition("(")
    whole = (head + bracket).replace(" ", "\x02") + ", ".join(piece.replace(" ", "\x02") for piece in inside.split(", "))
    lines = textwrap.wrap(whole, 72, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)
    return [f"\\fB{plain(line)}\\fR".replace("\x02", " ") for line in lines]


def label(name, text):
    """one line of a contract; its name in italics"""
    return f"\\fI{name}:\\fR\n{words(text)}.\n"


def entry(item):
    """a declaration and what is said of it"""
    if item.kind == "note":
        return prose(item.text)
    lines = "\n".join(declaration(item))
    out = f".PP\n.nf\n{lines}\n.fi\n"
    body = prose(item.text)
    if item.contract:
        body += ".PP\n" + label("From", item.contract["come"]) + label("Suspends", item.contract["suspends"])
        if not item.contract["cancel"].startswith("not applicable"):
            body += label("Cancel", item.contract["cancel"])
    return f"{out}.RS 4\n{body.removeprefix('.PP' + chr(10))}.RE\n" if body else out


def heading(name, section, version):
    """the title line; the date is the build's, or what SOURCE_DATE_EPOCH says, as reproducible builds do"""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    date = time.strftime("%Y-%m-%d", time.gmtime(seconds))
    return f'.TH {plain(name)} {section} {date} "Coil {version}" "Coil\\(aqs manual"\n.ad l\n.nh\n'


def link_line(chapter):
    module = "coil" if chapter.file.startswith("coil/") else chapter.name
    return f"cc program.c $(pkg-config --cflags --libs {module})"


def page(chapter, chapters, version):
    """one chapter as a page of section 3"""
    header = "coil.h" if chapter.file.startswith("coil/") else chapter.file
    out = heading(chapter.name.upper(), 3, version)
    out += f".SH NAME\n{chapter.name} \\- {plain_words(chapter.summary)}\n"
    out += f".SH SYNOPSIS\n.nf\n\\fB#include <{header}>\\fR\n\n"
    for section in chapter.sections:
        for item in section.items:
            if item.kind in ("function", "macro"):
                out += "\n".join(declaration(item)) + "\n"
    out += f"\n{plain(link_line(chapter))}\n.fi\n"
    if chapter.intro:
        out += f".SH DESCRIPTION\n{prose(chapter.intro).removeprefix('.PP' + chr(10))}"
    out += ".SH DECLARATIONS\n" if not chapter.sections[0].title else ""
    for number, section in enumerate(chapter.sections):
        if section.title:
            out += f".SH {plain_words(section.title).upper()}\n"
        body = "".join(map(entry, section.items))
        out += body.removeprefix(".PP\n")
    errors = errors_in(chapter.source)
    if errors:
        out += f".SH ERRORS OF COIL\\(aqS OWN\n{error_list(errors)}"
    others = [other.name for other in chapters if other.name not in (chapter.name, "coil")]
    out += ".SH SEE ALSO\n\\fBcoil\\fR(7)" + "".join(f",\n\\fB{plain(name)}\\fR(3)" for name in others) + "\n"
    return out


def error_list(errors):
    return "".join(f".TP\n\\fB\\-COIL_E{name}\\fR (\\-{number})\n{words(sentence)}\n"
                   for name, number, sentence in errors)


def overview(text, chapters, version):
    """coil.7: the text, with what the headers say put in its places"""
    listed = "".join(f".TP\n\\fB{plain(chapter.name)}\\fR(3)\n{words(chapter.summary)}\n"
                     for chapter in chapters if chapter.name != "coil")
    errors = [error for chapter in chapters for error in errors_in(chapter.source)]
    places = {"@chapters@": listed, "@errors@": error_list(errors)}
    lines = [places.pop(line, line + "\n") for line in text.splitlines()]
    if places:
        sys.exit(f"man.py: the overview lacks {', '.join(places)}")
    return heading("COIL", 7, version) + "".join(lines)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="makes the manual from the headers")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--overview", type=pathlib.Path)
    parser.add_argument("headers", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    chapters = sorted((Chapter(path) for path in arguments.headers), key=lambda chapter: chapter.name)
    for folder in ("man3", "man7"):
        shutil.rmtree(arguments.out / folder, ignore_errors=True)
    for chapter in chapters:
        if not chapter.sections:
            continue  # the umbrella, which is the overview
        write(arguments.out / "man3" / f"{chapter.name}.3", page(chapter, chapters, arguments.version))
        for item in chapter.functions():
            write(arguments.out / "man3" / f"{item.name}.3", f".so man3/{chapter.name}.3\n")
    if arguments.overview:
        text = arguments.overview.read_text(encoding="utf-8")
        write(arguments.out / "man7" / "coil.7", overview(text, chapters, arguments.version))


main()

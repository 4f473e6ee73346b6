"""One public header as a chapter: its introduction, and what it declares, in reading order.

Read once from the text; man.py writes pages of it. Internal names (coil__, COIL__) are left out, and of a macro that
stands for an internal function the reader is told the type it gives.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "check"))
from declarations import ATTRIBUTE, names_in, statements  # noqa: E402

BANNER = re.compile(r"/\* -{5,} (.*?) -{4,} \*/")
# a comment that stands alone, with a blank line after it, speaks of what follows in its section
NOTE = re.compile(r"^/\*((?:(?!\*/).)*)\*/\n(?=\n)", re.DOTALL | re.MULTILINE)
CONTRACT = re.compile(r"\bFrom: (?P<come>.*?) ?\bSuspends: (?P<suspends>.*?) ?\bCancel: (?P<cancel>.*)$", re.DOTALL)


class Item:
    """A function, macro, type, constant or note: kind, name, declaration (lines), text (paragraphs), contract or None"""

    def __init__(self, kind, name, declaration, text, contract):
        self.kind, self.name, self.declaration, self.text, self.contract = kind, name, declaration, text, contract


class Section:
    """What stands below one banner of the header; the first section has no title"""

    def __init__(self, title):
        self.title, self.items = title, []


class Chapter:
    def __init__(self, path):
        self.source = path.read_text(encoding="utf-8")
        self.lines = self.source.splitlines()
        comment = re.match(r"/\*(.*?)\*/", self.source, re.DOTALL)
        first, *rest = paragraphs(comment[1])
        self.file, what = re.match(r"([\w/]+\.h): (.*)$", " ".join(first.split()), re.DOTALL).groups()
        self.summary, self.intro = split_summary(what, rest)
        self.name = re.sub(r"[/_]", "-", self.file.removesuffix(".h"))
        self.returns = returned_by_internals(self.source)
        self.sections = self.read()

    def functions(self):
        return [item for section in self.sections for item in section.items if item.kind in ("function", "macro")]

    def read(self):
        banners = [(number, match[1]) for number, line in enumerate(self.lines, 1) if (match := BANNER.match(line))]
        notes = [(self.source.count("\n", 0, match.start()) + 1, match[1]) for match in NOTE.finditer(self.source)
                 if not BANNER.match(match[0])]
        pieces = sorted([(line, comment, None) for line, comment in notes] + list(statements(self.source)),
                        key=lambda piece: piece[0])
        sections = [Section("")]
        for line, comment, code in pieces:
            while banners and banners[0][0] < line:
                sections.append(Section(banners.pop(0)[1]))
            item = self.item(line, comment, code)
            if item:
                sections[-1].items.append(item)
        return [section for section in sections if section.items]

    def item(self, line, comment, code):
        text, contract = split_contract(comment)
        if code is None:
            return Item("note", "", [], text, None)
        names = names_in(code)
        if names:
            kind = "macro" if code.startswith("#") else "function"
            return Item(kind, names[0], self.declaration(names[0], code), text, contract)
        match = re.match(r"#\s*define (COIL_(?!_)\w+) ", code)
        if match and comment and not match[1].endswith("_H"):
            return Item("constant", match[1], [match[1]], text, None)
        match = re.match(r"\s*(typedef|enum|struct \w+ \{)", code)
        raw = self.raw(line) if match else []
        name = type_name(raw)
        if not raw or "coil__" in raw[0] or "coil__" in name:
            return None
        return Item("type", name, raw, text, None)

    def declaration(self, name, code):
        """the lines of a declaration, as a program would be told of it"""
        if code.startswith("#"):
            head = re.match(r"#\s*define\s+(\w+\([^)]*\))", code)[1]
            inner = re.search(r"\b(?:COIL__GATHER_LIST\()?(coil__public_\w+)", code)
            kind = self.returns.get(inner[1], "") if inner and name.startswith("coil_") else ""
            return [kind + head + (";" if kind else "")]
        match = re.search(r"\bCOIL_(REMOTE_)?DECLARE\((.*)\)\s*;", code, re.DOTALL)
        if match:
            pieces = re.findall(r"\(([^()]*)\)", match[2])
            return [f"int {name}({', '.join(map(parameter, pieces)) or 'void'});"]
        head = ATTRIBUTE.sub(" ", code).split("{")[0].rstrip().rstrip(";")
        head = re.sub(r"\b(static|inline|COIL__\w+)\s", "", " ".join(head.split()))
        return [re.sub(r"\s+([,)])", r"\1", head.strip()) + ";"]

    def raw(self, line):
        """the source lines of a type, without what is Coil's own in it"""
        taken, depth = [], 0
        for text in self.lines[line - 1:]:
            depth += text.count("{") - text.count("}")
            taken.append(text)
            if depth == 0 and re.search(r";\s*(/\*.*\*/\s*)?$", text):
                break
        if "{" not in taken[0] or len(taken) == 1:
            return taken
        if any(text.startswith("#") for text in taken):
            return []  # written by the preprocessor: the list of errors, which has its own place
        inside = [text for text in taken[1:-1] if "coil__" not in text.lower()]
        if not inside and taken[0].startswith("enum"):
            return []
        return [taken[0], *(inside or ["    /* Coil's own */"]), taken[-1]]


def paragraphs(comment):
    """the paragraphs of a comment; one whose lines are set in by four is a program, and keeps its lines"""
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in comment.strip().splitlines()]
    found = [[]]
    for line in lines:
        if not line.strip():
            found.append([])
        elif found[-1] and line.startswith("    ") != found[-1][-1].startswith("    "):
            found.append([line])
        else:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found if lines]


def split_summary(what, rest):
    """the first sentence is the summary; what follows it begins the introduction"""
    match = re.match(r"(.*?[^.])\.(?: |$)(.*)$", what, re.DOTALL)
    if not match:
        return what, rest
    return match[1], ([match[2]] if match[2] else []) + rest


def split_contract(comment):
    if comment is None:
        return [], None
    text = "\n\n".join(paragraphs(comment))
    match = CONTRACT.search(text)
    if not match:
        return paragraphs(text), None
    contract = {key: " ".join(value.split()).rstrip(".") for key, value in match.groupdict().items()}
    return paragraphs(text[:match.start()]), contract


def parameter(piece):
    """(T, x) or (T, x, out) of a COIL_DECLARE, as C writes it"""
    kind, name, *way = [word.strip() for word in piece.split(",")]
    kind += " *" if way else " "
    return re.sub(r"\* +(?=\*)|(?<=\*) $", lambda match: match[0].strip(), kind) + name


def returned_by_internals(text):
    """coil__public_x -> the type it returns, with its blank or star at the end"""
    found = {}
    for match in re.finditer(r"\b((?:const )?(?:struct )?[a-z]\w* \*?)(coil__public_\w+)\(", text):
        if match[1].strip() not in ("return", "fn"):
            found.setdefault(match[2], match[1])
    return found


def type_name(raw):
    """of a typedef (its last line, or the name that a function pointer has) or of a struct; an enum has none"""
    if not raw:
        return ""
    for text in (raw[-1], raw[0]):
        match = re.match(r"\}\s*(\w+);|typedef [^(]*\(\*(\w+)\)\(|typedef [^(]*?(\w+);|struct (\w+) \{", text)
        if match:
            return next(name for name in match.groups() if name)
    return ""


def errors_in(text):
    """(name, number, sentence) of the list of Coil's errors"""
    return re.findall(r'X\((\w+), (\d+), "([^"]*)"\)', text)

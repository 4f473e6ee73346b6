"""What a public header declares: its statements, and the names in them.

A reader of C that knows just enough for headers in the house's style: comments, directives, and declarations that
end with `;` or `}` outside of brackets. The contract check and the manual stand on it.
"""
import re

# function-like macros that are no calls: lists for the preprocessor
NO_CALLS = {"COIL_ERROR_LIST"}

COMMENT_OR_CODE = re.compile(r"/\*(.*?)\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
# what a public function looks like at the place where it is declared
DECLARED = re.compile(r"\bCOIL_DECLARE\(\s*(coil_[a-z]\w*)")
REMOTE = re.compile(r"\bCOIL_REMOTE_DECLARE\(\s*(coil_[a-z]\w*)")
MACRO = re.compile(r"#\s*define\s+(coil_[a-z]\w*|COIL_[A-Z]\w*)\(")
FUNCTION = re.compile(r"(?<![\w(*])\*?\s*\b(coil_[a-z]\w*)\s*\(")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)", re.DOTALL)


def statements(text):
    """(line, comment right before or None, code) of each declaration or directive at file level"""
    comment, code, line, depth, begin = None, "", 1, 0, 1
    position = 0

    def blank(piece):
        return not piece.strip()

    while position < len(text):
        match = COMMENT_OR_CODE.match(text, position)
        if match and match[0].startswith("/*"):
            if blank(code):
                comment, code = match[1], ""
            line += match[0].count("\n")
            position = match.end()
            continue
        if match and match[0].startswith("//"):
            position = match.end()
            continue
        if match:
            code += '""'
            position = match.end()
            continue
        char = text[position]
        if char == "\n":
            line += 1
        if blank(code) and not char.isspace():
            begin = line
        if char == "#" and blank(code):
            end = re.compile(r"(?<!\\)\n|\Z").search(text, position).start()
            yield begin, comment, text[position:end]
            line += text[position:end].count("\n")
            position, comment, code = end, None, ""
            continue
        if char == "\n" and blank(code) and text[position + 1:position + 2] == "\n":
            comment = None  # a blank line parts a comment from what follows
        code += char
        depth += char in "({"
        depth -= char in ")}"
        position += 1
        ended = depth == 0 and (char == ";" or char == "}" and not code.lstrip().startswith("typedef"))
        opened = char == "{" and re.fullmatch(r'\s*extern\s*""\s*\{', code)
        if opened:
            depth = 0
        if ended or opened:
            yield begin, comment, code
            comment, code = None, ""


def names_in(code):
    """the public functions that a statement declares"""
    if code.startswith("#"):
        match = MACRO.match(code)
        if not match or match[1].startswith("COIL__") or match[1] in NO_CALLS or match[1].endswith("_H"):
            return []
        return [match[1]]
    head = ATTRIBUTE.sub(" ", code)
    for pattern in (DECLARED, REMOTE):
        if match := pattern.search(head):
            return [match[1]]
    head = head.split("{")[0]
    if re.match(r"\s*(typedef|struct|enum|union|COIL_\w+\()", head) and not re.match(r"\s*struct \w+ \*?\w+\(", head):
        return []
    match = FUNCTION.search(head)
    return [match[1]] if match and not match[1].startswith("coil__") else []

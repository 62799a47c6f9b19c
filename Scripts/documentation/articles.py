#!/usr/bin/env python3
"""Fills the articles of a catalogue that are made of Markdown files: articles.py SYMBOL_GRAPH CATALOGUE.

A page with the line `<!-- Made of docs/NAME.md by make docs. -->` becomes an article of that file. DocC
shows no formulas, so TeX becomes text: `\\frac{g_w}{d_w}` is g_w / d_w. Names in code voice become links;
one that the symbol graph does not have is an error. Links between such files become links between the
articles, and pictures are copied into the catalogue.
"""

import json
import pathlib
import re
import shutil
import sys
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MARKER = re.compile(r"<!-- Made of (\S+) by make docs\. -->")
PICTURE = re.compile(r"!\[([^]]*)\]\(([\w/.-]+)\)")

SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "varepsilon": "ε", "sigma": "σ", "rho": "ρ", "tau": "τ", "mu": "μ", "pi": "π",
    "omega": "ω", "Delta": "Δ", "Lambda": "Λ", "Omega": "Ω", "partial": "∂", "pm": "±", "sum": "Σ",
    "in": "∈", "gt": ">", "lt": "<", "ge": "≥", "cap": "∩", "lbrace": "{", "rbrace": "}",
}  # fmt: skip
FUNCTIONS = {"log", "exp", "max", "min", "arctan"}
# Beside one of these a fraction needs no brackets: to its left, to its right.
OPERATORS = ("=+−,<>≥∈∩([{", "=+−,<>≥∈∩)]}")
SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Text(str):
    """A piece of a formula; a fraction is bracketed where something stands beside it."""

    is_fraction = False


def tokens(tex):
    return re.findall(r"\\[A-Za-z]+|\s+|.", tex.strip(), re.S)


class Parser:
    def __init__(self, tex):
        self.tokens, self.position = tokens(tex), 0

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def skip_space(self):
        while (token := self.peek()) is not None and token.isspace():
            self.position += 1

    def argument(self):
        """The next group or single token."""
        self.skip_space()
        if self.peek() == "{":
            self.position += 1
            text = self.sequence("}")
            self.position += 1
            return text
        return self.atom()

    def atom(self):
        token = self.peek()
        self.position += 1
        if token == "{":
            text = self.sequence("}")
            self.position += 1
            return text
        if token == "-":
            return "−"
        if not token.startswith("\\"):
            return token
        name = token[1:]
        if name == "frac":
            above, below = self.argument(), self.argument()
            if (above, below) == ("1", "2"):
                return "½"
            text = Text(f"{bracketed(above)} / {bracketed(below)}")
            text.is_fraction = True
            return text
        if name == "sqrt":
            return "√" + bracketed(self.argument())
        if name == "hat":
            letter = self.argument()
            return unicodedata.normalize("NFC", letter + "\u0302")
        if name == "mathrm":
            return self.argument()
        if name in ("left", "right"):
            return self.atom()
        if name in ("lvert", "rvert"):
            return "|"
        if name in FUNCTIONS:
            return name
        if name in SYMBOLS:
            return SYMBOLS[name]
        sys.exit(f"articles: unknown TeX {token}")

    def sequence(self, end=None):
        """Pieces up to `end`, put together."""
        pieces, opened = [], []
        while (token := self.peek()) is not None and token != end:
            if token.isspace():
                self.position += 1
                if pieces and pieces[-1] not in (" ", "∂", "±", "\x01"):
                    pieces.append(" ")
                continue
            if token in ("_", "^"):
                self.position += 1
                index = self.argument()
                if pieces[-1].startswith("Σ"):
                    # Σ_{p=1}^C is Σ_(p=1…C).
                    last = pieces.pop()
                    pieces.append(last[:-1] + "…" + index + ")" if token == "^" else last + "_" + bracketed(index))
                elif token == "^" and re.fullmatch(r"−?\d+", index) and pieces[-1][0] not in "cĉ":
                    # Of a logit and its softmax it is the class, no power.
                    pieces[-1] += index.translate(SUPERSCRIPTS)
                else:
                    pieces[-1] += token + bracketed(index)
                continue
            if token == "\\lvert":
                self.position += 1
                # What follows stands close; \x01 is removed at the end.
                pieces += ["|", "\x01"]
                opened.append("|")
                continue
            if token == "\\rvert":
                self.position += 1
                if pieces[-1] == " ":
                    pieces.pop()
                pieces.append("|")
                continue
            pieces.append(self.atom())
        return joined(pieces)


def bracketed(text):
    """The text, in brackets unless it is one word, one call or one absolute value."""
    word = r"∂?[\w\u0302⁰¹²³⁴√½]*"
    return text if re.fullmatch(rf"{word}|{word}\([^()]*\)|\|[^|]*\|", text) else f"({text})"


def joined(pieces):
    while pieces and pieces[-1] == " ":
        pieces.pop()
    solid = [index for index, piece in enumerate(pieces) if piece not in (" ", "\x01")]
    text = ""
    for index, piece in enumerate(pieces):
        if getattr(piece, "is_fraction", False):
            place = solid.index(index)
            before = pieces[solid[place - 1]] if place > 0 else "="
            after = pieces[solid[place + 1]] if place + 1 < len(solid) else "="
            if before not in OPERATORS[0] or after not in OPERATORS[1]:
                piece = f"({piece})"
        text += piece
    text = re.sub(r"([({]) | ([)}])", r"\1\2", text.replace("\x01", "")).replace("∂/", "∂ /")
    result = Text(re.sub(r"\b(exp|log|arctan) \(", r"\1(", text))
    result.is_fraction = len(solid) == 1 and getattr(pieces[solid[0]], "is_fraction", False)
    return result


def plain(tex):
    """The formula as text, one line for each that `\\qquad` parts."""
    return [Parser(part).sequence() for part in tex.split("\\qquad")]


class Names:
    def __init__(self, path):
        graph = json.loads(pathlib.Path(path).read_text())
        self.paths = {".".join(symbol["pathComponents"]) for symbol in graph["symbols"]}
        self.module = graph["module"]["name"]

    def link(self, name):
        found = [path for path in self.paths if path == name or path.startswith(name + "(")]
        if not found:
            sys.exit(f"articles: {self.module} has no {name}")
        # Of several overloads none is meant.
        if len(found) > 1:
            return f"`{name}`"
        return f"[`{name}`](doc:{found[0].replace('.', '/')})"


def inline(line, names):
    """A line with its formulas as text and its names as links."""
    is_row = line.startswith("|")

    def code(text):
        return "`" + (text.replace("|", "\\|") if is_row else text) + "`"

    def replacement(match):
        if match["formula"] is not None:
            return code(", ".join(plain(match["formula"])))
        if match["name"] is not None:
            return names.link(match["name"])
        return match[0]

    return re.sub(
        r"`(?P<name>[A-Z][A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)`|`[^`]*`|\$(?P<formula>[^$]+)\$", replacement, line
    )


def article(text, names, articles):
    """The text of a Markdown file as DocC reads it; `articles` are the names of pages by file."""
    out, display = [], None
    for line in text.split("\n"):
        if line.strip() == "$$":
            if display is None:
                display = []
            else:
                out += ["```text", *plain(" ".join(display)), "```"]
                display = None
            continue
        if display is not None:
            display.append(line)
            continue
        line = PICTURE.sub(lambda match: f"![{match[1]}]({pathlib.Path(match[2]).name})", line)
        line = re.sub(r"\[[^]]*\]\(([\w.-]+\.md)\)", lambda match: f"<doc:{articles[match[1]]}>", line)
        out.append(inline(line, names))
    return "\n".join(out)


def main():
    graph, catalogue = sys.argv[1], pathlib.Path(sys.argv[2])
    pages = {}
    for page in sorted(catalogue.glob("**/*.md")):
        if found := MARKER.search(page.read_text()):
            pages[page] = ROOT / found[1]
    names = Names(graph)
    articles = {source.name: page.stem for page, source in pages.items()}
    for page, source in pages.items():
        text = source.read_text()
        page.write_text(article(text, names, articles))
        for match in PICTURE.finditer(text):
            shutil.copy(source.parent / match[2], page.parent)


main()

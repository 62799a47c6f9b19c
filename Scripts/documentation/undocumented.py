#!/usr/bin/env python3
"""Lists the public declarations of modules that are not documented: undocumented.py SYMBOL_GRAPH…

A declaration is documented when its comment begins with a summary, not with a list, and names every
parameter: under Parameters, or in code voice. Excused are declarations that the compiler makes (they
stand in no source), those that a protocol's comment documents, and parameters that are called as a
documented property of the value that an initializer or a static function makes.

Prints one line a declaration and ends with 1 if there is any.
"""

import collections
import json
import pathlib
import re
import sys

FIELD = re.compile(r"\s*- (?:Parameters?|Returns|Throws|Precondition|Postcondition|Complexity|SeeAlso|Note|Important|Warning)\b")


def comment(symbol):
    return [line["text"] for line in symbol.get("docComment", {}).get("lines", [])]


def has_summary(lines):
    first = next((line for line in lines if line.strip()), None)
    return first is not None and not FIELD.match(first)


def named_parameters(lines):
    """The names under `- Parameters:`, after each `- Parameter`, and in code voice anywhere."""
    names, inside = set(re.findall(r"(?<!`)`(\w+)`(?!`)", "\n".join(lines))), False
    for line in lines:
        if single := re.match(r"- Parameter (\w+):", line):
            names.add(single[1])
        if re.match(r"- ", line):
            inside = line.startswith("- Parameters:")
        elif inside and (entry := re.match(r"\s+- (\w+):", line)):
            names.add(entry[1])
    return names


def findings(graph):
    symbols = {symbol["identifier"]["precise"]: symbol for symbol in graph["symbols"]}
    owner, inherits, properties = {}, set(), collections.defaultdict(set)
    for relation in graph["relationships"]:
        source = relation["source"]
        if relation["kind"] in ("memberOf", "requirementOf"):
            owner[source] = relation["target"]
            symbol = symbols.get(source)
            if symbol and symbol["kind"]["identifier"] == "swift.property" and has_summary(comment(symbol)):
                properties[relation["target"]].add(symbol["pathComponents"][-1])
        if "sourceOrigin" in relation or relation["kind"] == "defaultImplementationOf":
            inherits.add(source)
    for identifier, symbol in symbols.items():
        place, lines = symbol.get("location"), comment(symbol)
        # An extension block of another module's type is no declaration.
        if place is None or symbol["kind"]["identifier"] == "swift.extension":
            continue
        if not has_summary(lines):
            yield place, symbol, "has no summary"
            continue
        kind = symbol["kind"]["identifier"]
        if identifier in inherits or kind in ("swift.func.op", "swift.enum.case"):
            continue
        signature = symbol.get("functionSignature", {})
        made = {owner.get(identifier)} if kind == "swift.init" else set()
        if kind == "swift.type.method":
            made = {part.get("preciseIdentifier") for part in signature.get("returns", [])}
        known = named_parameters(lines).union({"_"}, *(properties[type] for type in made))
        names = [part.get("internalName", part["name"]) for part in signature.get("parameters", [])]
        if missing := [name for name in names if name not in known]:
            yield place, symbol, f"does not say what {', '.join(missing)} {'is' if len(missing) == 1 else 'are'}"


def main():
    if not sys.argv[1:]:
        sys.exit("undocumented: expected symbol graphs, found none")
    rows = set()
    for path in sys.argv[1:]:
        for place, symbol, text in findings(json.loads(pathlib.Path(path).read_text())):
            parts = pathlib.PurePath(place["uri"].removeprefix("file://")).parts
            # From the repository on, as everywhere in this project.
            file = "/".join(parts[parts.index("Sources") :] if "Sources" in parts else parts)
            rows.add((file, place["position"]["line"] + 1, f"{'.'.join(symbol['pathComponents'])} {text}"))
    for file, line, text in sorted(rows):
        print(f"{file}:{line}: {text}")
    sys.exit(1 if rows else 0)


main()

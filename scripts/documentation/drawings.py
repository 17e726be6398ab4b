"""The drawing of a chapter: its default streams with their keys, in the language of Mermaid."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from documentation.relations import Relation, Relations

NARROW = """\
---
config:
  er:
    diagramPadding: 12
    entityPadding: 8
    nodeSpacing: 40
    rankSpacing: 80
---"""
"""Less room around words and boxes than usual: a page shows a drawing that is wider than itself in smaller letters."""


def drawing(chapter: str, relations: Relations) -> str:
    """Return the block of a drawing."""
    names = [name for name in relations.streams(chapter) if relations.known[name].selected]
    boxes = [line for name in names for line in _box(name, relations)]
    lines = [relation for name in names for relation in relations.of(name) if relations.drawn(relation)]
    return "\n".join(["```mermaid", NARROW, "erDiagram", *boxes, *_edges(lines), "```"]) + "\n"


def _box(name: str, relations: Relations) -> Iterator[str]:
    """Yield a stream with the columns of its keys: each with its type, or with the stream whose key it holds."""
    entry = relations.known[name]
    targets = {relation.column: relation.target for relation in relations.of(name)}
    yield f"    {name} {{"
    for column in entry.columns:
        marks = ["PK"] * (column.name in entry.key) + ["FK"] * (column.name in targets)
        if marks:
            yield f"        {targets.get(column.name, column.type.value)} {column.name} {', '.join(marks)}"
    yield "    }"


def _edges(lines: list[Relation]) -> Iterator[str]:
    """Yield the lines between boxes, from the one above to the one below.

    A stream stands below those that it leads to. A stream with only one line stands above instead if there are fewer
    boxes above than below, so that no row of boxes gets wide.
    """
    together: defaultdict[tuple[str, str], list[Relation]] = defaultdict(list)
    for line in lines:
        together[line.target, line.source].append(line)
    boxes = Counter(name for pair in together for name in pair)
    above = Counter(source for _, source in together)
    below = Counter(target for target, source in together if boxes[source] > 1)
    for (target, source), found in together.items():
        one = "|o" if any(line.optional for line in found) else "||"
        columns = ", ".join(line.column for line in found)
        if boxes[source] == 1 and above[target] < below[target]:
            above[target] += 1
            yield f'    {source} }}o--{one[::-1]} {target} : "{columns}"'
        else:
            below[target] += boxes[source] == 1
            yield f'    {target} {one}--o{{ {source} : "{columns}"'

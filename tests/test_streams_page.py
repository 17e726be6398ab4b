"""docs/streams.md: every stream, column and relation is there, once, and can be reached."""

import re
from collections import Counter
from collections.abc import Iterator

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import FieldType
from tap_daktela.catalog.streams import ALL_STREAMS
from tests.helpers.harness import REPOSITORY

KNOWN = entries(ALL_STREAMS)
PAGE = (REPOSITORY / "docs/streams.md").read_text(encoding="utf-8")
CHAPTERS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
DRAWN = {name: part for name, part in CHAPTERS.items() if "```mermaid" in part}
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"\n###? ", PAGE)}

Relation = tuple[str, str, str]
"""A stream, one of its columns, and the stream whose key that holds."""

ITSELF = ("realtime_sessions", "exten", "realtime_sessions")
"""The extension of a session is what other streams call it by."""


def relations() -> Iterator[Relation]:
    """Yield the relations that the declarations know, among columns that are read by default."""
    names = {stream.endpoint: stream.name for stream in ALL_STREAMS}
    for stream in ALL_STREAMS:
        for field in stream.fields:
            column = field.columns[0]
            found = (stream.name, column.name, names.get(field.to or "", ""))
            if field.to and column.selected and column.type is not FieldType.RECORDS and found != ITSELF:
                yield found
        for derived in stream.derived:
            yield derived.name, derived.parent_key, stream.name
            targets = [field.to for field in stream.fields if field.api == derived.api and field.to]
            yield from ((derived.name, f"{derived.column_prefix}_name", names[target]) for target in targets)


def lines(chapter: str) -> list[Relation]:
    """Return the relations that the drawing of a chapter has as lines."""
    downwards = re.findall(r'^    (\w+) \|[|o]--o\{ (\w+) : "(.+)"$', chapter, re.MULTILINE)
    upwards = re.findall(r'^    (\w+) \}o--[|o]\| (\w+) : "(.+)"$', chapter, re.MULTILINE)
    found = [(below, columns, above) for above, below, columns in downwards] + [
        (source, columns, target) for source, target, columns in upwards
    ]
    return [(source, column, target) for source, columns, target in found for column in columns.split(", ")]


def rows(chapter: str) -> list[Relation]:
    """Return the relations in the table below the drawing."""
    table = re.findall(r"^\| \[`(\w+)`\]\(#\w+\) \| (`\w+\.\w+`[^|]*) \|$", chapter, re.MULTILINE)
    return [(*column, target) for target, cell in table for column in re.findall(r"`(\w+)\.(\w+)`", cell)]


def boxes(chapter: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the columns in the boxes of a drawing: stream, column, type or other stream, marks."""
    for name, inside in re.findall(r"^    (\w+) \{\n(.*?)^    \}$", chapter, re.MULTILINE | re.DOTALL):
        for line in inside.splitlines():
            kind, column, marks = line.split(maxsplit=2)
            yield name, column, kind, marks.split(", ")


def test_every_stream_and_column_is_described() -> None:
    for name, entry in KNOWN.items():
        assert [column.name for column in entry.columns if f"\n| `{column.name}` |" not in SECTIONS[name]] == []


def test_every_stream_is_in_the_contents_and_one_chapter_and_leads_back() -> None:
    links = re.findall(r"\[`(\w+)`\]\(#(\w+)\)", CHAPTERS["Contents"])
    assert links == [(name, name) for name in KNOWN]
    off = re.findall(r"\*\[`(\w+)`\]", CHAPTERS["Contents"])
    assert off == [name for name, entry in KNOWN.items() if not entry.selected]
    for chapter, text in DRAWN.items():
        [begin] = re.findall(rf"^\| \[{chapter}\]\(#([\w-]+)\)", CHAPTERS["Contents"], re.MULTILINE)
        tables = re.findall(r"^\| \[`(\w+)`\]\(#\w+\) \| (?!`\w+\.)", text, re.MULTILINE)
        described = re.findall(r"^### (\w+)$", text, re.MULTILINE)
        assert tables == described
        assert all(f"\n[{chapter}](#{begin}) · [Contents](#contents)\n" in SECTIONS[name] for name in described)


def test_a_heading_is_there_once() -> None:
    headings = Counter(heading.lower() for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE))
    assert [heading for heading, number in headings.items() if number > 1] == []


def test_every_relation_is_a_line_or_in_the_table_below_in_the_chapter_of_its_stream() -> None:
    shown = [relation for chapter in DRAWN.values() for relation in [*lines(chapter), *rows(chapter)]]
    assert Counter(shown) == Counter(relations())
    for chapter in DRAWN.values():
        at_home = set(re.findall(r"^### (\w+)$", chapter, re.MULTILINE))
        assert {source for source, _, _ in [*lines(chapter), *rows(chapter)]} <= at_home


def test_boxes_have_the_keys_of_default_streams_and_where_they_lead() -> None:
    shown = [box for chapter in DRAWN.values() for box in boxes(chapter)]
    own = [(name, column) for name, column, _, marks in shown if "PK" in marks]
    assert sorted(own) == sorted((name, key) for name, entry in KNOWN.items() if entry.selected for key in entry.key)
    foreign = [(name, column, kind) for name, column, kind, marks in shown if "FK" in marks]
    assert sorted(foreign) == sorted(relation for relation in relations() if KNOWN[relation[0]].selected)


def test_a_column_with_a_key_leads_to_its_stream() -> None:
    unlinked = [
        f"{source}.{column}"
        for source, column, target in relations()
        if not re.search(rf"^\| `{column}` \|.* Leads to \[`{target}`\]\(#{target}\)\.", SECTIONS[source], re.MULTILINE)
    ]
    assert unlinked == []

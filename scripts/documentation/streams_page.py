"""docs/streams.md: contents, how to read it, and a chapter for each topic with a drawing, tables and streams."""

from collections import defaultdict

from documentation.drawings import drawing
from documentation.markdown import anchor
from documentation.relations import CHAPTERS, Relations
from documentation.stream_section import stream_section
from tap_daktela.about import streams_table
from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.streams import FAMILIES

HEAD = """\
# Streams

`make docs` writes this page from the declarations in `tap_daktela/catalog/streams/`. Do not edit it by hand.

## Contents

[How to read this page](#how-to-read-this-page) explains the words and the drawings. Each chapter about the instance
begins with a drawing of how its streams belong together. Streams in *italics* are off unless you select them.

| Chapter | Streams |
|---|---|
"""

LEGEND = """
## How to read this page

**In the drawings**

- A box is a stream that is on by default, with the columns of its keys. A box without columns belongs to another
  chapter.
- *PK*: the column identifies a row, alone or together with the others that are marked so.
- *FK*: the column holds the key of a row of another stream. That stream stands before the column, in place of a type.
- A line bears the name of such a column. It ends in a fork where there can be many rows, in two bars where there is
  exactly one, and in a circle and a bar where there is one or none.
- Some relations have no line: those of a stream to itself, those with a stream that is off by default, and those from
  another chapter to one of the streams that most chapters lead to:
  {hubs}.
  The table below the drawing lists them.

Each row of a channel (a call, an e-mail, a chat) has an activity: `activities_name` is its key. The `item_name` of the
activity leads back.

**In the tables and lists**

- **Key**: the columns that identify a row. Let the target update rows by them. A stream without a key is not selected
  by default: some targets refuse it, and all others repeat its rows.
- **Read by**: the time columns along which the tap reads a stream. Each has its own bookmark. *Looking back* means
  that every run reads the last `lookback_days` again, because the rows do not say when they changed. *Whole table*
  means that every run reads all rows. *Rows of* another stream means that the stream is made of lists in those rows, or
  found through them: [reading.md](reading.md#derived-streams) says how to keep it current. *What a run counts* is made
  by the tap itself: see [The ledger](reading.md#the-ledger).
- **Retention**: whether the instance may remove old rows by itself, or shows only those of the present (*whole table,
  without what was purged*). Such a stream never gets ACTIVATE_VERSION, so targets keep the history
  ([reading.md](reading.md#deleted-rows)).
- **Default**: whether a run without a catalog reads the stream, and whether discovery selects it.
- **Evidence**: how well the endpoint is known. A: recorded from an instance, documented by Daktela, or read by several
  clients in use. B: known only from the code of other clients. Streams of grade B, streams that cost many requests, and
  streams without a key are not selected by default.
- **Daktela field**: the name in the API. A dot leads into a related record. A relation becomes two columns: `…_name`
  is the key of the related row, `…_title` its title. A column that is *off* is read only if the catalog selects it.

Types are those of `nested: native` and `timestamps: utc`. With `nested: json`, lists and objects are JSON text. Every
column can be null, unless its type says *never null*.
"""


def streams_page(known: dict[str, Entry]) -> str:
    """Return the page."""
    relations = Relations(known)
    hubs = ", ".join(f"[`{name}`](#{name})" for name in relations.hubs)
    parts = [HEAD + _contents(known) + LEGEND.format(hubs=hubs)]
    for chapter in CHAPTERS:
        parts += [_chapter(chapter, relations)]
        parts += [stream_section(known[name], chapter, relations) for name in relations.streams(chapter)]
    return "\n".join(parts)


def _contents(known: dict[str, Entry]) -> str:
    """Return the rows of the table of contents: a chapter with the streams of each family."""
    rows = []
    for chapter, families in CHAPTERS.items():
        links = "<br>".join(_links(_members(family, known)) for family in families)
        rows.append(f"| [{chapter}](#{anchor(chapter)}) | {links} |\n")
    return "".join(rows)


def _links(members: dict[str, Entry]) -> str:
    """Return links to streams, in italics to those that are off by default."""
    links = {name: f"[`{name}`](#{name})" for name in members}
    return ", ".join(link if members[name].selected else f"*{link}*" for name, link in links.items())


def _members(family: str, known: dict[str, Entry]) -> dict[str, Entry]:
    """Return the streams of a family."""
    return {name: entry for name, entry in known.items() if entry.stream in FAMILIES[family]}


def _chapter(chapter: str, relations: Relations) -> str:
    """Return the beginning of a chapter: its drawing, the relations that this leaves out, its streams."""
    parts = [f"## {chapter}\n", "[Contents](#contents)\n"]
    if any(relations.known[name].selected for name in relations.streams(chapter)):
        parts.append(drawing(chapter, relations))
    parts += _left_out(chapter, relations)
    families = CHAPTERS[chapter]
    for family in families:
        heading = f"**{family}**\n\n" if len(families) > 1 else ""
        parts.append(heading + streams_table(_members(family, dict(relations.known)), "[`{0}`](#{0})"))
    return "\n".join(parts)


def _left_out(chapter: str, relations: Relations) -> list[str]:
    """Return a table of the relations of a chapter that its drawing has no line for."""
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for name in relations.streams(chapter):
        for relation in relations.of(name):
            if not relations.drawn(relation):
                columns[relation.target].append(f"`{name}.{relation.column}`")
    rows = [f"| [`{target}`](#{target}) | {', '.join(found)} |" for target, found in columns.items()]
    return ["\n".join(["| Key of | Columns without a line |", "|---|---|", *rows]) + "\n"] if rows else []

"""What docs/streams.md says of one stream: facts, and its columns."""

from documentation.markdown import anchor, cell
from documentation.relations import Relations
from tap_daktela.about import how_read
from tap_daktela.catalog.entries import KEY, STAMP, Entry
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.catalog.schema import describe

GRADES = {
    "A": "A, well known",
    "B": "B, known only from the code of other clients",
}
TYPES = {
    FieldType.RECORDS: "list of objects",
    FieldType.OBJECT: "object",
    FieldType.RECORD: "object",
    FieldType.ARRAY: "list",
    FieldType.CUSTOM_FIELDS: "object of lists",
}
NO_KEY = "none: a row that comes twice looks like two rows"


def stream_section(entry: Entry, chapter: str, relations: Relations) -> str:
    """Return what is to be said of one stream."""
    stream = entry.stream
    older = "".join(f", on older servers `{name}`" for name in stream.aliases)
    facts = [
        ("Endpoint", "none" if stream.ledger else f"`{stream.endpoint}`{older}"),
        ("Key", ", ".join(f"`{name}`" for name in entry.key) or NO_KEY),
        ("Read by", how_read(entry) + _through(entry)),
        ("Selected by default", "yes" if entry.selected else "no"),
    ]
    if not stream.ledger:
        facts.append(("Evidence", GRADES[stream.evidence]))
    if stream.purged:
        facts.insert(3, ("Retention", "the instance may remove old rows by itself"))
    if entry.parent:
        facts.insert(2, ("Parent", f"[`{entry.parent}`](#{entry.parent})"))
    back = f"[{chapter}](#{anchor(chapter)}) · [Contents](#contents)"
    leads = {relation.column: relation.target for relation in relations.of(entry.name)}
    lines = [
        f"### {entry.name}",
        "",
        entry.description,
        "",
        back,
        "",
        *(f"- {name}: {text}" for name, text in facts),
        "",
    ]
    lines += ["| Column | Type | Daktela field | Description |", "|---|---|---|---|"]
    lines += [_column_row(entry, column, leads.get(column.name)) for column in entry.columns]
    return "\n".join(lines) + "\n"


def _through(entry: Entry) -> str:
    """Return how a stream without time of its own follows its parent."""
    if entry.derived is not None:
        return ", without requests of its own"
    return ", found by requests of its own for the parent's rows" if entry.stream.child else ""


def _column_row(entry: Entry, column: Column, target: str | None) -> str:
    kind = TYPES.get(column.type, column.type.value) + ("" if column.nullable else ", never null")
    text = cell(describe(column))
    if column.items:
        text += " Each has " + ", ".join(f"`{item.name}`" for item in column.items) + "."
    if target:
        text += f" Leads to [`{target}`](#{target})."
    if not column.selected:
        text += " *Off.*"
    return f"| `{column.name}` | {kind} | {_source(entry, column)} | {text} |"


def _source(entry: Entry, column: Column) -> str:
    """Return where in Daktela's row the value of a column comes from."""
    stream, derived = entry.stream, entry.derived
    if stream.ledger:
        return ""
    if derived is None:
        return " or ".join(f"`{'.'.join(path)}`" for path in column.paths)
    own = {one.name: one.api_name for one in stream.columns}
    if column.paths == ((KEY,),):
        return f"`{own[stream.key[0]]}`"
    if column.paths == ((STAMP,),):
        return f"`{own[column.name]}`"
    return f"`{derived.api}.{column.api_name}`" if derived.column_prefix else f"`{derived.api}`"

"""Write the parts of the documentation that follow from the code; `--check` fails instead where they are not current.

Whole files: docs/streams.md, docs/client-reference.md (by reference.py), docs/meltano-hub.yml, meltano.yml,
sample_config.json; in component_config, the forms, addresses and actions. Between markers: the settings in
docs/settings.md, the flags of the sandbox in docs/sandbox.md, the parameters in docs/keboola.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from reference import reference_page

from tap_daktela.about import how_read, streams_table
from tap_daktela.catalog.entries import KEY, STAMP, Entry, entries
from tap_daktela.catalog.fields import Column, Field, FieldType, Stream
from tap_daktela.catalog.names import OLDER_NAMES
from tap_daktela.catalog.schema import describe
from tap_daktela.catalog.streams import FAMILIES, STREAMS
from tap_daktela.keboola.component import ACTIONS
from tap_daktela.keboola.config import form_schema
from tap_daktela.keboola.tables.formats import extractor, revolt
from tap_daktela.keboola.tables.formats.fixed_tables import column_specs
from tap_daktela.meltano import as_yaml, definition, published
from tap_daktela.sandbox import command_line
from tap_daktela.sandbox.credentials import credentials_of
from tap_daktela.settings import Settings, sample_config
from tap_daktela.settings.declared import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPOSITORY = Path(__file__).resolve().parent.parent

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

STREAMS_HEAD = """\
# Streams

`make docs` writes this page from the declarations in `tap_daktela/catalog/streams/`. Do not edit it by hand. It lists
the streams [by family](#streams-by-family), shows [how they belong together](#how-the-streams-belong-together), and
then describes every stream with its columns.

- **Key**: the columns that identify a row. Let the target update rows by them. A stream without a key is not selected
  by default: some targets refuse it, and all others repeat its rows.
- **Read by**: the time columns along which the tap reads a stream. Each has its own bookmark. *Looking back* means
  that every run reads the last `lookback_days` again, because the rows do not say when they changed. *Whole table*
  means that every run reads all rows. [reading.md](reading.md) explains this.
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

MELTANO_HEAD = """\
# A project of Meltano that reads the sandbox into output/. docs/meltano.md says how to run it. Written by make docs.
"""

SANDBOX_PORT = 8765


def documents(root: Path) -> dict[Path, str]:
    """Return what each file that is generated, wholly or in part, should hold."""
    known = entries(STREAMS)
    return {
        root / "sample_config.json": json.dumps(sample_config(), indent=2) + "\n",
        root / "docs/settings.md": _filled(
            root / "docs/settings.md", {"settings": markdown_table(Settings, "Setting")}
        ),
        root / "docs/streams.md": streams_page(known),
        root / "docs/client-reference.md": reference_page(),
        root / "docs/meltano-hub.yml": hub_file(known),
        root / "meltano.yml": meltano_project(known),
        root / "docs/sandbox.md": _filled(root / "docs/sandbox.md", {"flags": sandbox_flags()}),
        root / "docs/keboola.md": _filled(
            root / "docs/keboola.md",
            {
                "parameters": form_schema.markdown_table(),
                "aliases": aliases_table(),
                "empty columns": empty_columns_table(),
            },
        ),
        root / "component_config/configSchema.json": json.dumps(form_schema.configuration_form(), indent=2) + "\n",
        root / "component_config/configRowSchema.json": json.dumps(form_schema.row_form(), indent=2) + "\n",
        root / "component_config/actions.md": json.dumps(ACTIONS[1:]) + "\n",
        **{root / f"component_config/{name}Url.md": f"{url}\n" for name, url in addresses().items()},
    }


def addresses() -> dict[str, str]:
    """Return what the Developer Portal links to: the repository that setup.py names, and files in it."""
    setup = (REPOSITORY / "setup.py").read_text(encoding="utf-8")
    [repository] = re.findall(r'^REPOSITORY = "(.*)"$', setup, re.MULTILINE)
    files = f"{repository}/blob/main"
    return {"sourceCode": repository, "documentation": f"{files}/docs/keboola.md", "license": f"{files}/LICENSE"}


def hub_file(known: dict[str, Entry]) -> str:
    """Return the definition of the tap as Meltano Hub has it: with what only the Hub wants to know."""
    about_it = {
        "domain_url": "https://www.daktela.com",
        "keywords": ["api", "contact centre"],
        "maintenance_status": "active",
        "quality": "unknown",
    }
    return as_yaml({**published(known, addresses()["sourceCode"]), **about_it})


def meltano_project(known: dict[str, Entry]) -> str:
    """Return a project of Meltano in this folder, which reads a sandbox at port `SANDBOX_PORT` into CSV files."""
    login = credentials_of(seed=1)
    tap = {
        "name": "tap-daktela",
        "pip_url": "-e .",
        **definition(known),
        "config": {
            "url": f"http://127.0.0.1:{SANDBOX_PORT}",
            "username": login.username,
            "password": login.password,
            "start_date": "2020-01-01",
            "nested": "json",
        },
    }
    target = {
        "name": "target-csv",
        "namespace": "target_csv",
        "pip_url": "meltanolabs-target-csv",
        "executable": "target-csv",
        "capabilities": ["structured-logging"],
        "config": {
            "output_path": "output",
            "file_naming_scheme": "{stream_name}-{timestamp}.csv",
            "validate_records": False,
            "batch_size_rows": 10000,
        },
    }
    project = {
        "default_environment": "sandbox",
        "send_anonymous_usage_stats": False,
        "environments": [{"name": "sandbox"}],
        "plugins": {"extractors": [tap], "loaders": [target]},
    }
    return MELTANO_HEAD + as_yaml(project)


def _filled(path: Path, parts: dict[str, str]) -> str:
    """Return a file's text with `parts` between their markers; ValueError if a marker is missing."""
    text = path.read_text(encoding="utf-8")
    for name, content in parts.items():
        begin, end = f"<!-- {name}: written by make docs -->\n", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{path.name} must have the markers of '{name}' exactly once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}"
    return text


def empty_columns_table() -> str:
    """Return the table of the columns of older components that Daktela has nothing for."""
    lines = ["| Format | Table | Empty columns |", "|---|---|---|"]
    known = entries(STREAMS)
    for output_format, tables in (("extractor", extractor.TABLES), ("revolt", revolt.TABLES)):
        for name, table in tables.items():
            specs = column_specs(table, known[table.stream]) if table.stream is not None else []
            empty = ", ".join(f"`{spec.name}`" for spec in specs if spec.source is None)
            if empty or not specs:
                lines.append(f"| `{output_format}` | `{name}` | {empty or 'all: Daktela has no such rows'} |")
    return "\n".join(lines) + "\n"


def aliases_table() -> str:
    """Return the table of the names that older components for Keboola had."""
    lines = ["| Asked for | Stream |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{table}` | `{stream}` |" for table, stream in OLDER_NAMES.items())]) + "\n"


# --- streams --------------------------------------------------------------------------------------------------------


def streams_page(known: dict[str, Entry]) -> str:
    """Return docs/streams.md."""
    parts = [STREAMS_HEAD, families_section(known), relations_section(), derived_section(known)]
    parts += [stream_section(entry) for entry in known.values()]
    return "\n".join(parts)


def families_section(known: dict[str, Entry]) -> str:
    """Return a table of streams for each family."""
    parts = ["## Streams by family\n"]
    for family, streams in FAMILIES.items():
        members = {name: entry for name, entry in known.items() if entry.stream in streams}
        parts.append(f"**{family}**\n\n{streams_table(members, '[`{0}`](#{0})')}")
    return "\n".join(parts)


def stream_section(entry: Entry) -> str:
    """Return what is to be said of one stream."""
    stream = entry.stream
    older = "".join(f", on older servers `{name}`" for name in stream.aliases)
    facts = [
        ("Endpoint", f"`{stream.endpoint}`{older}"),
        ("Key", ", ".join(f"`{name}`" for name in entry.key) or NO_KEY),
        ("Read by", how_read(entry) + _through(entry)),
        ("Selected by default", "yes" if entry.selected else "no"),
        ("Evidence", GRADES[stream.evidence]),
    ]
    if stream.purged:
        facts.insert(3, ("Retention", "the instance may remove old rows by itself"))
    if entry.parent:
        facts.insert(2, ("Parent", f"[`{entry.parent}`](#{entry.parent})"))
    lines = [f"## {entry.name}", "", entry.description, "", *(f"- {name}: {text}" for name, text in facts), ""]
    lines += ["| Column | Type | Daktela field | Description |", "|---|---|---|---|"]
    lines += [_column_row(entry, column) for column in entry.columns]
    return "\n".join(lines) + "\n"


def _through(entry: Entry) -> str:
    """Return how a stream without time of its own follows its parent."""
    if entry.derived is not None:
        return ", without requests of its own"
    return ", found by requests of its own for the parent's rows" if entry.stream.child else ""


def _column_row(entry: Entry, column: Column) -> str:
    kind = TYPES.get(column.type, column.type.value) + ("" if column.nullable else ", never null")
    text = _cell(describe(column))
    if column.items:
        text += " Each has " + ", ".join(f"`{item.name}`" for item in column.items) + "."
    if not column.selected:
        text += " *Off.*"
    return f"| `{column.name}` | {kind} | {_source(entry, column)} | {text} |"


def _source(entry: Entry, column: Column) -> str:
    """Return where in Daktela's row the value of a column comes from."""
    stream, derived = entry.stream, entry.derived
    if derived is None:
        return " or ".join(f"`{'.'.join(path)}`" for path in column.paths)
    own = {one.name: one.api_name for one in stream.columns}
    if column.paths == ((KEY,),):
        return f"`{own[stream.key[0]]}`"
    if column.paths == ((STAMP,),):
        return f"`{own[column.name]}`"
    return f"`{derived.api}.{column.api_name}`" if derived.column_prefix else f"`{derived.api}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# --- relations ------------------------------------------------------------------------------------------------------


def relations_section() -> str:
    """Return the drawing of how the default streams lead to each other, and the list of what it leaves out."""
    related = relations()
    hub, _ = Counter(target for found in related.values() for target in found).most_common(1)[0]
    everywhere = [
        f"- [`{source}`](#{source}): " + ", ".join(f"`{name}`" for name in found[hub])
        for source, found in related.items()
        if hub in found
    ]
    lines = ["## How the streams belong together", ""]
    lines += ["The drawing has the streams that are selected by default. An edge leads from a stream to the stream"]
    lines += ["whose key the column holds. Two kinds of relations are left out: those of a stream to itself, and those"]
    lines += [f"to `{hub}`, which are listed below the drawing.", ""]
    lines += ["```mermaid", "erDiagram", *_edges(related, hub), "```", ""]
    lines += ["The `item_name` of an activity is the key of its row in the stream of its channel.", ""]
    lines += [f"Columns that hold a key of [`{hub}`](#{hub}):", "", *everywhere]
    return "\n".join(lines) + "\n"


def relations() -> dict[str, dict[str, list[str]]]:
    """Return, for each default stream, the columns that lead to other default streams, by the stream they lead to."""
    by_endpoint = {stream.endpoint: stream for stream in STREAMS if stream.selected}
    result: dict[str, dict[str, list[str]]] = {}
    for stream in by_endpoint.values():
        found: defaultdict[str, list[str]] = defaultdict(list)
        for field in stream.fields:
            target = by_endpoint.get(field.to or "")
            if target is not None and target is not stream and _is_reference(field):
                found[target.name].append(field.columns[0].name)
        result[stream.name] = dict(found)
    return result


def _is_reference(field: Field) -> bool:
    return field.columns[0].selected and field.columns[0].type is not FieldType.RECORDS


def _edges(related: dict[str, dict[str, list[str]]], hub: str) -> Iterator[str]:
    """Yield the lines of the drawing; streams that nothing leads to and that lead alike share a box."""
    targets = {target for found in related.values() for target in found}
    alike: defaultdict[object, list[str]] = defaultdict(list)
    for source, found in related.items():
        shape = source if source in targets else tuple((name, tuple(columns)) for name, columns in found.items())
        alike[shape].append(source)
    for names in alike.values():
        edges = {target: columns for target, columns in related[names[0]].items() if target != hub}
        if edges and names[1:]:
            yield f'    {names[0]}["{", ".join(names)}"]'
        for target, columns in edges.items():
            yield f'    {names[0]} }}o--o| {target} : "{", ".join(columns)}"'


def derived_section(known: dict[str, Entry]) -> str:
    """Return the drawing of the streams that are made of lists in the rows of others."""
    names = {stream.endpoint: stream.name for stream in STREAMS if stream.selected}
    lines = ["## Lists as streams of their own", ""]
    lines += ["A derived stream has one row for each element of a list in the rows of another stream."]
    lines += ["[reading.md](reading.md#derived-streams) says how to keep it current.", "", "```mermaid", "erDiagram"]
    for entry in known.values():
        if entry.derived is None or not entry.selected:
            continue
        lines.append(f'    {entry.name} }}o--|| {entry.stream.name} : "{entry.derived.parent_key}"')
        target = names.get(_list_field(entry.stream, entry.derived.api).to or "")
        if target:
            lines.append(f'    {entry.name} }}o--|| {target} : "{entry.key[1]}"')
    return "\n".join([*lines, "```"]) + "\n"


def _list_field(stream: Stream, api: str) -> Field:
    return next(field for field in stream.fields if field.api == api)


# --- sandbox --------------------------------------------------------------------------------------------------------


def sandbox_flags() -> str:
    """Return the tables of the sandbox's flags, one for each group of them."""
    parser = command_line.build_parser()
    own = [group for group in parser._action_groups if group.title not in {"options", "positional arguments"}]  # noqa: SLF001 - argparse shows its groups nowhere else
    return "\n".join(_flag_table(group) for group in own)


def _flag_table(group: argparse._ArgumentGroup) -> str:
    title = (group.title or "").capitalize()
    rows = [f"| `{_spelled(action)}` | {_cell(action.help or '')} |" for action in group._group_actions]  # noqa: SLF001 - argparse shows its groups nowhere else
    return "\n".join([f"**{title}**", "", "| Flag | Meaning |", "|---|---|", *rows]) + "\n"


def _spelled(action: argparse.Action) -> str:
    """Return a flag with its values, as it is typed."""
    if action.choices is not None:
        values = ["\\|".join(str(choice) for choice in action.choices if choice != "")]
    elif action.nargs == 0:
        values = []
    elif isinstance(action.metavar, tuple):
        values = list(action.metavar)
    else:
        values = [_cell(action.metavar or action.dest.rpartition("_")[2].upper())]
    return " ".join([action.option_strings[-1], *values])


# --- command --------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None, root: Path = REPOSITORY) -> int:
    """Write the files, or with `--check` only tell which are not current; the exit code is 1 if any is not."""
    parser = argparse.ArgumentParser(prog="scripts/docs.py", description="Write the generated documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something is not current")
    check = parser.parse_args(arguments).check
    stale = {
        path: text for path, text in documents(root).items() if not path.exists() or path.read_text("utf-8") != text
    }
    for path, text in stale.items():
        name = path.relative_to(root)
        if check:
            print(f"{name} is not current; run make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())

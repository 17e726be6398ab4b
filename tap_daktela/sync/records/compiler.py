"""The record function of a stream: compiled once for the selected columns, then run on every page.

For each column a few lines of Python are generated. They recognise the usual value at once and leave any other value to
the `Coercer`. This takes a fraction of the time of a generic walk over the schema.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from tap_daktela.catalog.fields import EMBEDDED, NESTED, Column, FieldType
from tap_daktela.catalog.schema import INT64
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.dotted import Row, dig, gathered, lift, zipped
from tap_daktela.sync.records.json_values import json_text
from tap_daktela.sync.records.row_keys import is_key

Shape = Callable[[list[Row]], list[Row]]

_SHAPES = 100  # Sets of fields for which a function is compiled.

_CHECKS = {
    FieldType.STRING: ("if {v}.__class__ is not str and {v} is not None: {v} = values.text({v}, {name!r}, key)",),
    FieldType.INTEGER: (
        "if {v} is not None and ({v}.__class__ is not int or not LOW <= {v} < HIGH):",
        "    {v} = values.integer({v}, {name!r}, key)",
    ),
    FieldType.NUMBER: ("if {v}.__class__ is not float and {v} is not None: {v} = values.number({v}, {name!r}, key)",),
    FieldType.BOOLEAN: (
        "if {v} is not True and {v} is not False and {v} is not None: {v} = values.boolean({v}, {name!r}, key)",
    ),
    FieldType.DATETIME: (
        "if {v} is not None:",
        "    try: {v} = hours[{v}[:13]] + minutes[{v}[13:]]",
        "    except (KeyError, TypeError): {v} = values.moment({v}, {name!r}, key)",
    ),
    FieldType.ARRAY: ("if {v} is not None: {v} = values.array({v}, {name!r}, key)",),
    FieldType.OBJECT: ("if {v} is not None: {v} = values.obj({v}, {name!r}, key)",),
    FieldType.RECORDS: ("if {v} is not None and {v} != []: {v} = nested{number}({v}, {name!r}, key)",),
    FieldType.RECORD: ("if {v} is not None: {v} = nested{number}({v}, {name!r}, key)",),
    FieldType.CUSTOM_FIELDS: ("if {v} is not None: {v} = {{}} if {v} == [] else nested{number}({v}, {name!r}, key)",),
}
"""Lines that check the variable `v` of a column, and convert what is not usual."""


def compile_shape(
    columns: Sequence[Column], key: str | None, values: Coercer, *, nested: str, identity: Collection[str] = ()
) -> Shape:
    """Return the function from rows of the API to records of `columns`, in their order.

    `key` is the API's field that names a row when an invalid value is reported. `nested` is `native`, or `json` for
    nested values as JSON text. `identity` names the key columns: a row in which one of them is missing or invalid is
    left out and counted.
    """
    if not columns:
        return lambda rows: [{} for _ in rows]
    known: dict[str, Any] = {
        "values": values,
        "json_text": json_text,
        "dig": dig,
        "lift": lift,
        "zipped": zipped,
        "gathered": gathered,
        "is_key": is_key,
        "hours": values.moments.hours,
        "minutes": values.moments.minutes,
        "LOW": -INT64,
        "HIGH": INT64,
    }
    for number, column in enumerate(columns):
        if column.type is FieldType.RECORD:
            known[f"nested{number}"] = values.record(_shape_of(column.items, values))
        if column.type is FieldType.RECORDS:
            known[f"nested{number}"] = values.records(compile_shape(column.items, None, values, nested="native"))
        if column.type is FieldType.CUSTOM_FIELDS:
            known[f"nested{number}"] = values.custom_fields(column.wanted)
    fields = list(dict.fromkeys([*([key] if key else ()), *(path[0] for column in columns for path in column.paths)]))
    # For a single field, itemgetter returns no tuple.
    known["fields"] = fields = fields * 2 if len(fields) == 1 else fields
    known["pick"] = itemgetter(*fields)
    places = {field: f"f{number}" for number, field in enumerate(fields)}
    picked = ", ".join(places[field] for field in fields)
    variables = [f"v{number}" for number in range(len(columns))]
    cells = ", ".join(f"{column.name!r}: {v}" for column, v in zip(columns, variables, strict=True))
    lines = [
        "def shape(rows):",
        "    records = []",
        "    for row in rows:",
        "        try:",
        f"            {picked} = pick(row)",
        # A row with the asked fields, and no more, has no dotted names.
        f"            plain = len(row) == {len(places)}",
        "        except KeyError:",
        f"            {picked} = map(row.get, fields)",
        "            plain = False",
        f"        key = {places[key] if key else None}",
        *(f"        {line}" for line in _body(columns, variables, places, nested, identity)),
        f"        records.append({{{cells}}})",
        "    return records",
    ]
    exec(compile("\n".join(lines), "<record function>", "exec"), known)  # noqa: S102 - the code is made of our own declarations, by repr
    shape: Shape = known["shape"]
    return shape


def _shape_of(columns: Sequence[Column], values: Coercer) -> Callable[[Row], Shape]:
    """Return the function that finds the record function for an embedded record.

    Most of the columns are missing in each record, and which ones depends on its kind: a call, an e-mail, a chat. So a
    function is compiled for each set of fields, and sets no column that is missing.
    """
    whole = compile_shape(columns, None, values, nested="native")
    known: dict[tuple[str, ...], Shape] = {}

    def shape_of(row: Row) -> Shape:
        names = tuple(row)
        if names not in known:
            if len(known) == _SHAPES or any("." in name for name in names):
                return whole
            found = [column for column in columns if any(path[0] in row for path in column.paths)]
            known[names] = compile_shape(found, None, values, nested="native")
        return known[names]

    return shape_of


def _body(
    columns: Sequence[Column],
    variables: Sequence[str],
    places: Mapping[str, str],
    nested: str,
    identity: Collection[str],
) -> Iterator[str]:
    """Yield the lines that set the variable of each column from the fields of `row`, which are in `places`."""
    found: dict[tuple[str, ...], str] = {(field,): place for field, place in places.items()}
    looked_into: dict[str, list[str]] = {}
    for column in columns:
        for path in column.paths:
            match path:
                case (root, field) if field not in looked_into.setdefault(root, []):
                    looked_into[root].append(field)
    for number, (root, fields) in enumerate(looked_into.items()):
        parts = [f"r{number}_{part}" for part in range(len(fields))]
        found.update(zip([(root, field) for field in fields], parts, strict=True))
        yield from _relation(places[root], root, fields, parts)
    for number, (column, v) in enumerate(zip(columns, variables, strict=True)):
        first, *others = (found.get(path, f"dig(row, {path!r})") for path in column.paths)
        yield f"{v} = {first}"
        for place in others:
            yield f"if {v} is None: {v} = {place}"
        if column.type in EMBEDDED:
            collect = "zipped" if column.type is FieldType.RECORDS else "gathered"
            names = [item.api_name for item in column.items]
            yield f"if {v} is None and not plain: {v} = {collect}(row, {column.paths[0][0]!r}, {names!r})"
        if column.type is FieldType.CUSTOM_FIELDS and column.wanted is not None:
            wanted = sorted(column.wanted)
            yield f"if {v} is None and not plain: {v} = gathered(row, {column.paths[0][0]!r}, {wanted!r})"
        yield from (line.format(v=v, name=column.name, number=number) for line in _checks(column, identity))
        if column.type in NESTED and nested == "json":
            yield f"{v} = json_text({v})"


def _relation(place: str, root: str, fields: Sequence[str], parts: Sequence[str]) -> Iterator[str]:
    """Yield the lines that set the variables `parts` from the `fields` of the embedded record in `place`."""
    dotted = " and ".join(f"{f'{root}.{field}'!r} not in row" for field in fields)
    first, *others = fields
    yield f"if {place} is None and (plain or ({dotted})): {' = '.join(parts)} = None"
    yield "else:"
    yield f"    r = {place}"
    yield f"    if r.__class__ is not dict or {first!r} not in r: r = lift(row, r, {root!r}, {fields!r})"
    yield f"    {parts[0]} = r.get({first!r})"
    yield from (f"    {part} = r.get({field!r})" for part, field in zip(parts[1:], others, strict=True))


def _checks(column: Column, identity: Collection[str]) -> Sequence[str]:
    if column.name in identity:
        refusal = ("if not is_key({v}):", "    values.unwritable(k, {name!r}, row, fields)", "    continue")
        return ("k = {v}", *_CHECKS[column.type], *refusal)
    if column.type is FieldType.STRING and not column.nullable:
        return ("if {v}.__class__ is not str: {v} = values.filled({v}, {name!r}, key)",)
    return _CHECKS[column.type]

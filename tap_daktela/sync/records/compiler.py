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

_CHECKS = {
    FieldType.STRING: ("if v.__class__ is not str and v is not None: v = values.text(v, {name!r}, key)",),
    FieldType.INTEGER: (
        "if v is not None and (v.__class__ is not int or not LOW <= v < HIGH): v = values.integer(v, {name!r}, key)",
    ),
    FieldType.NUMBER: ("if v.__class__ is not float and v is not None: v = values.number(v, {name!r}, key)",),
    FieldType.BOOLEAN: ("if v is not True and v is not False and v is not None: v = values.boolean(v, {name!r}, key)",),
    FieldType.DATETIME: (
        "if v is not None:",
        "    try: v = hours[v[:13]] + minutes[v[13:]]",
        "    except (KeyError, TypeError): v = values.moment(v, {name!r}, key)",
    ),
    FieldType.ARRAY: ("if v is not None: v = values.array(v, {name!r}, key)",),
    FieldType.OBJECT: ("if v is not None: v = values.obj(v, {name!r}, key)",),
    FieldType.RECORDS: ("if v is not None and v != []: v = nested{number}(v, {name!r}, key)",),
    FieldType.RECORD: ("if v is not None: v = nested{number}(v, {name!r}, key)",),
    FieldType.CUSTOM_FIELDS: ("if v is not None: v = {{}} if v == [] else nested{number}(v, {name!r}, key)",),
}


def compile_shape(
    columns: Sequence[Column], key: str | None, values: Coercer, *, nested: str, identity: Collection[str] = ()
) -> Shape:
    """Return the function from rows of the API to records of `columns`, in their order.

    `key` is the API's field that names a row when an invalid value is reported. `nested` is `native`, or `json` for
    nested values as JSON text. `identity` names the key columns: a row in which one of them is missing or invalid is
    left out and counted.
    """
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
        "NOTHING": {},
        "LOW": -INT64,
        "HIGH": INT64,
    }
    for number, column in enumerate(columns):
        if column.type in EMBEDDED:
            inner = compile_shape(column.items, None, values, nested="native")
            known[f"nested{number}"] = (values.record if column.type is FieldType.RECORD else values.records)(inner)
        if column.type is FieldType.CUSTOM_FIELDS:
            known[f"nested{number}"] = values.custom_fields(column.wanted)
    fields = list(dict.fromkeys([key, *(path[0] for column in columns for path in column.paths)]))
    # For a single field, itemgetter returns no tuple.
    known["fields"] = fields = fields * 2 if len(fields) == 1 else fields
    known["pick"] = itemgetter(*fields)
    places = {field: f"f{number}" for number, field in enumerate(fields)}
    cells = ", ".join(f"{column.name!r}: v{number}" for number, column in enumerate(columns))
    picked = ", ".join(places[field] for field in fields)
    lines = [
        "def shape(rows):",
        "    records = []",
        "    for row in rows:",
        f"        try: {picked} = pick(row)",
        f"        except KeyError: {picked} = map(row.get, fields)",
        f"        key = {places[key]}",
        *(f"        {line}" for line in _body(columns, places, nested, identity)),
        f"        records.append({{{cells}}})",
        "    return records",
    ]
    exec(compile("\n".join(lines), "<record function>", "exec"), known)  # noqa: S102 - the code is made of our own declarations, by repr
    shape: Shape = known["shape"]
    return shape


def _body(
    columns: Sequence[Column], places: Mapping[str | None, str], nested: str, identity: Collection[str]
) -> Iterator[str]:
    """Yield the lines that set a variable for each column from the fields of `row`, whose variables are in `places`."""
    looked_into: dict[str, list[str]] = {}
    for column in columns:
        for path in column.paths:
            match path:
                case (root, field):
                    looked_into.setdefault(root, []).append(field)
    variables = {root: f"r{number}" for number, root in enumerate(looked_into)}
    for root, fields in looked_into.items():
        name = variables[root]
        yield f"{name} = {places[root]}"
        nothing = " and ".join([f"{name} is None", *(f"{f'{root}.{field}'!r} not in row" for field in fields)])
        lifted = f"lift(row, {name}, {root!r}, {fields!r})"
        yield f"if {name}.__class__ is not dict or {fields[0]!r} not in {name}:"
        yield f"    {name} = NOTHING if {nothing} else {lifted}"
    for number, column in enumerate(columns):
        first, *others = [_place(path, places, variables) for path in column.paths]
        yield f"v = {first}"
        for place in others:
            yield f"if v is None: v = {place}"
        if column.type in EMBEDDED:
            collect = "zipped" if column.type is FieldType.RECORDS else "gathered"
            parts = [item.api_name for item in column.items]
            yield f"if v is None: v = {collect}(row, {column.paths[0][0]!r}, {parts!r})"
        if column.type is FieldType.CUSTOM_FIELDS and column.wanted is not None:
            yield f"if v is None: v = gathered(row, {column.paths[0][0]!r}, {sorted(column.wanted)!r})"
        yield from (line.format(name=column.name, number=number) for line in _checks(column, identity))
        yield f"v{number} = json_text(v)" if column.type in NESTED and nested == "json" else f"v{number} = v"


def _place(path: tuple[str, ...], places: Mapping[str | None, str], variables: Mapping[str, str]) -> str:
    match path:
        case (field,):
            return places[field]
        case (root, field):
            return f"{variables[root]}.get({field!r})"
    return f"dig(row, {path!r})"


def _checks(column: Column, identity: Collection[str]) -> Sequence[str]:
    if column.name in identity:
        refusal = ("if not is_key(v):", "    values.unwritable(k, {name!r}, row, fields)", "    continue")
        return ("k = v", *_CHECKS[column.type], *refusal)
    if column.type is FieldType.STRING and not column.nullable:
        return ("if v.__class__ is not str: v = values.filled(v, {name!r}, key)",)
    return _CHECKS[column.type]

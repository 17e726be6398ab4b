"""The fields that filters compare: they go by Daktela's names, which are not those of the columns."""

from collections.abc import Iterator

from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela.query import Condition, Filter
from tap_daktela.nearest import nearest


def mistakes(wanted: Filter, stream: Stream) -> list[str]:
    """Return a sentence about each field of a filter that is the name of a column, where Daktela has another name."""
    columns = {column.name: column.api_name for column in stream.columns}
    known = set(_known(stream))
    found = []
    for field in _fields(wanted):
        column, dot, rest = field.partition(".")
        if column in columns and not any(one.partition(".")[0] == column for one in known):
            name = f"{columns[column]}{dot}{rest}"
            found.append(f"'{field}' is the name of the column; Daktela calls this field {name}")
    return found


def doubts(wanted: Filter, stream: Stream) -> list[str]:
    """Return a sentence about each field of a filter that looks like another one. Daktela may have it all the same."""
    known = list(_known(stream))
    near = {
        field: nearest(field, known)
        for field in _fields(wanted)
        # Instances have fields that the tap does not know: custom ones, and those of related records.
        if not any(field == one or field.startswith(f"{one}.") for one in known)
    }
    return [
        f"the tap does not know the field '{field}'; did you mean '{meant}'?" for field, meant in near.items() if meant
    ]


def _known(stream: Stream) -> Iterator[str]:
    """Yield Daktela's names for the fields of a stream, dotted where they lie in a related record."""
    for column in stream.columns:
        for path in column.paths:
            yield ".".join(path)


def _fields(wanted: Filter) -> Iterator[str]:
    if isinstance(wanted, Condition):
        yield wanted.field
    else:
        for part in wanted.filters:
            yield from _fields(part)

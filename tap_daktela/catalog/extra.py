"""Streams of the setting `extra_streams`, for endpoints that the tap does not know."""

from collections.abc import Iterable, Iterator

from tap_daktela.catalog.fields import Axis, Column, Field, FieldType, Stream, snake
from tap_daktela.catalog.streams.common import NEVER_ASKED
from tap_daktela.errors import ConfigError
from tap_daktela.redaction.names import SECRET_NAME
from tap_daktela.settings.extra_streams import ExtraStream


def with_extra(streams: Iterable[Stream], extra: Iterable[ExtraStream]) -> tuple[Stream, ...]:
    """Return `streams` and the extra ones. ConfigError names everything that is wrong with the extra ones."""
    known = tuple(streams)
    declared = tuple(extra)
    problems = [problem for one in declared for problem in _problems(one)]
    taken = {stream.name for stream in known} | {derived.name for stream in known for derived in stream.derived}
    names = [snake(one.endpoint) for one in declared]
    for one, name in zip(declared, names, strict=True):
        if name in taken:
            problems.append(f"{one.endpoint} is a stream of the tap already; leave it out")
        elif names.count(name) > 1:
            problems.append(f"{one.endpoint} has the same name as another one, {name}")
    if problems:
        raise ConfigError(*(f"extra_streams: {problem}" for problem in problems))
    return known + tuple(_stream(one) for one in declared)


def _problems(extra: ExtraStream) -> Iterator[str]:
    columns = [_column(name) for name, _ in extra.fields]
    for name, _ in extra.fields:
        if columns.count(_column(name)) > 1:
            yield f"{extra.endpoint} has several fields that become {_column(name)}, {name} among them"
        if NEVER_ASKED.intersection(name.split(".")) or any(SECRET_NAME.search(part) for part in name.split(".")):
            yield f"{extra.endpoint} has the field {name}, which is never read: it may hold secrets"
    for what, names in (("axis", [extra.axis] if extra.axis else []), ("key", extra.key)):
        for name in names:
            if "." in name:
                yield f"{extra.endpoint} has the {what} {name}, which lies in another record; name a field of its own"


def _column(name: str) -> str:
    """Return the column of a field. The field may be within a relation: `queue.isActive`."""
    return snake(name).replace(".", "_")


def _stream(extra: ExtraStream) -> Stream:
    # Unknown: does the time change with every change of the row? So each run looks back.
    axes = (Axis(extra.axis, lookback=True),) if extra.axis else ()
    columns = {
        name: Column(
            _column(name),
            FieldType(kind),
            (tuple(name.split(".")),),
            f"Field {name} of the endpoint.",
            nullable=name not in extra.key,
        )
        for name, kind in extra.fields
    }
    fields = tuple(Field(name, (column,)) for name, column in columns.items())
    description = f"Endpoint {extra.endpoint}, as declared in the settings."
    key = tuple(_column(name) for name in extra.key)
    # Unknown, too: does the instance remove old rows?
    return Stream(extra.endpoint, description, fields, key=key, axes=axes, purged=True)

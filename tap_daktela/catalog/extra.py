"""Streams that the user declares in the settings, for endpoints that the tap does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tap_daktela.catalog.fields import Axis, Field, Stream, array, boolean, integer, moment, number, obj, snake, string
from tap_daktela.errors import ConfigError
from tap_daktela.settings import ExtraStream

_FIELDS: dict[str, Callable[..., Field]] = {
    "string": string,
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "date-time": moment,
    "object": obj,
    "array": array,
}


def with_extra(streams: Iterable[Stream], extra: Iterable[ExtraStream]) -> tuple[Stream, ...]:
    """Return `streams` and the declared ones; ConfigError names those whose name is taken."""
    known = tuple(streams)
    added = tuple(_stream(one) for one in extra)
    taken = {stream.name for stream in known} | {derived.name for stream in known for derived in stream.derived}
    clashes = [stream.endpoint for stream in added if stream.name in taken]
    if clashes:
        raise ConfigError(*(f"extra_streams: {name} is a stream of the tap already; leave it out" for name in clashes))
    return known + added


def _stream(extra: ExtraStream) -> Stream:
    # Nothing tells whether the axis moves when a row changes, so each run looks back.
    axes = (Axis(extra.axis, lookback=True),) if extra.axis else ()
    fields = tuple(
        _FIELDS[kind](name, f"Field {name} of the endpoint.", nullable=name not in extra.key)
        for name, kind in extra.fields
    )
    description = f"Endpoint {extra.endpoint}, as declared in the settings."
    return Stream(extra.endpoint, description, fields, key=tuple(snake(name) for name in extra.key), axes=axes)

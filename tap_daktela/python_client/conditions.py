"""Which rows a user of the client asks for: conditions, Daktela's own tree, and fields that equal a value."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tap_daktela.daktela.query import Condition, Filter, Group, all_of, parse_filter, where
from tap_daktela.errors import ConfigError
from tap_daktela.nearest import nearest

FilterLike = Filter | Mapping[str, Any] | Sequence[Any]
"""A condition of `F` or `where`, or Daktela's own tree: `{"logic": "or", "filters": [{"field": …, …}, …]}`."""

_OPTIONS = ("sort", "fields", "page_size", "take", "skip", "max_rows", "shaped", "on_error")


def wanted_rows(given: FilterLike | None, equals: Mapping[str, Any], fields: Collection[str]) -> Filter | None:
    """Return the filter for rows that pass `given` and whose fields equal the values in `equals`.

    A list of values means any of them, None means no value. `fields` are the known fields of the list. ConfigError
    where a condition cannot be sent, or where a name in `equals` is a mistyped option.
    """
    try:
        tree = given if given is None or isinstance(given, Condition | Group) else parse_filter(given)
    except ValueError as error:
        raise ConfigError(f"filter: {error}") from error
    return all_of(tree, *(_equals(field, value, fields) for field, value in equals.items()))


def _equals(field: str, value: Any, fields: Collection[str]) -> Condition:
    meant = nearest(field, _OPTIONS)
    if meant and fields and field not in fields:
        raise ConfigError(f"{field} is no field of this list; did you mean {meant}? Else write F[{field!r}] == …")
    try:
        if value is None:
            return where(field, "isnull")
        if isinstance(value, list | tuple | set | frozenset):
            return where(field, "in", list(value))
        return where(field, "eq", value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{field}: {error}") from error

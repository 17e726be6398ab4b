"""Which rows a user of the client asks for: conditions, Daktela's own tree, and fields that equal a value."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tap_daktela.daktela.query import Condition, Filter, Group, all_of, parse_filter, where
from tap_daktela.errors import ConfigError
from tap_daktela.nearest import nearest
from tap_daktela.redaction import redactor

FilterLike = Filter | Mapping[str, Any] | Sequence[Any]
"""A condition of `F` or `where`, or Daktela's own tree: `{"logic": "or", "filters": [{"field": …, …}, …]}`."""

_OPTIONS = ("sort", "fields", "page_size", "take", "skip", "max_rows", "shaped", "on_error")


def wanted_rows(given: FilterLike | None, equals: Mapping[str, Any], fields: Collection[str]) -> Filter | None:
    """Return the filter for rows that pass `given` and whose fields equal the values in `equals`.

    A list of values means any of them, None means no value. `fields` are the known fields of the list. ConfigError
    where a condition cannot be sent, or where a name in `equals` is a mistyped option.
    """
    tree = None if given is None else _tree(given)
    return all_of(tree, *(_equals(field, value, fields) for field, value in equals.items()))


def _tree(given: object) -> Filter:
    if not isinstance(given, Condition | Group | Mapping | list | tuple):
        shown = redactor.from_outside(repr(given))
        raise ConfigError(f"filter: {shown} is no condition; write F.stage == 'OPEN', for example")
    try:
        return parse_filter(list(given) if isinstance(given, tuple) else given)
    except ValueError as error:
        raise ConfigError(f"filter: {error}") from error


def _equals(field: str, value: Any, fields: Collection[str]) -> Condition:
    if isinstance(value, Condition | Group):
        raise ConfigError(f"a condition stands behind the name of the list, without '{field}=' in front of it")
    shown = redactor.from_outside(repr(field)).strip("'")
    if field in _OPTIONS and field not in fields:
        raise ConfigError(f"{field} is no argument here; to compare a field of this name, write F['{field}'] == …")
    meant = nearest(field, _OPTIONS)
    if meant and fields and field not in fields:
        raise ConfigError(f"{shown} is no field of this list; did you mean {meant}? Else write F['{shown}'] == …")
    try:
        if value is None:
            return where(field, "isnull")
        if isinstance(value, list | tuple | set | frozenset):
            return where(field, "in", list(value))
        return where(field, "eq", value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{shown}: {error}") from error

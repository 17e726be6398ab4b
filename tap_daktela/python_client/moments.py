"""Instants in a filter become wall-clock text of the instance. Pure.

Daktela V6 API: times are filtered as wall-clock text in whole seconds. In the night when clocks go back a text is shown
twice. A condition then finds every row that it should, and may find other rows whose text is shown twice.
"""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TypeGuard
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock
from tap_daktela.daktela.operators import Scalar
from tap_daktela.daktela.query import Condition, Filter, Group
from tap_daktela.errors import ConfigError

_SECOND = timedelta(seconds=1)


def has_moments(wanted: Filter) -> bool:
    """Tell whether a date-time with a zone is in the filter, which then needs `in_zone` before it is sent."""
    if isinstance(wanted, Group):
        return any(has_moments(one) for one in wanted.filters)
    return any(_is_moment(one) for one in _values(wanted))


def in_zone(wanted: Filter, zone: ZoneInfo) -> Filter:
    """Return the filter with each date-time that has a zone as wall-clock text in `zone`, that of the instance.

    ConfigError where a date-time is too far away for the zone, and where `neq` or `notin` would lose rows: those of
    another instant that the clock shows as the same text.
    """
    if isinstance(wanted, Group):
        return replace(wanted, filters=tuple(in_zone(one, zone) for one in wanted.filters))
    if not has_moments(wanted):
        return wanted
    try:
        return _resolved(wanted, zone)
    except OverflowError as error:
        raise ConfigError(
            f"filter: '{wanted.field}' is compared with a date-time too far away in {zone.key}"
        ) from error


def _resolved(wanted: Condition, zone: ZoneInfo) -> Filter:
    """Return what `in_zone` does for a condition with at least one moment."""
    field, operator, values = wanted.field, wanted.operator, _values(wanted)
    if operator == "between":
        first, last = values
        return in_zone(Condition(field, "gte", first), zone) & in_zone(Condition(field, "lte", last), zone)
    if operator in {"gt", "gte", "lt", "lte"}:
        [moment] = filter(_is_moment, values)
        return _bound(field, operator, moment.astimezone(timezone.utc), zone)
    texts = tuple(_text(wanted, one, zone) if _is_moment(one) else one for one in values)
    return replace(wanted, value=texts if isinstance(wanted.value, tuple) else texts[0])


def _bound(field: str, operator: str, instant: datetime, zone: ZoneInfo) -> Condition:
    """Return a bound at a whole second: rows are found from that second on, or before it."""
    whole = clock.whole(instant)
    edge = whole + _SECOND if operator in {"gt", "lte"} or whole < instant else whole
    if operator in {"gt", "gte"}:
        return Condition(field, "gte", clock.lower_text(edge, zone))
    return Condition(field, "lt", clock.upper_text(edge, zone))


def _text(wanted: Condition, moment: datetime, zone: ZoneInfo) -> str:
    """Return what the clock of `zone` shows at a moment of whole seconds, as `in_zone` says."""
    text = clock.wall_clock_text(moment.astimezone(zone))
    first, second = clock.readings(text, zone)
    if wanted.operator in {"neq", "notin"} and first != second:
        raise ConfigError(
            f"filter: '{wanted.field}': the clock in {zone.key} shows {text} twice, so '{wanted.operator}'"
            " would leave out rows of another instant, too; if that is meant, compare with this text"
        )
    return text


def _values(wanted: Condition) -> tuple[Scalar, ...]:
    """Return the values of a condition: none, one, or several."""
    if isinstance(wanted.value, tuple):
        return wanted.value
    return () if wanted.value is None else (wanted.value,)


def _is_moment(value: Scalar) -> TypeGuard[datetime]:
    """Tell whether a value is a date-time with a zone."""
    return isinstance(value, datetime) and value.tzinfo is not None

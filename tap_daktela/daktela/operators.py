"""The operators of a filter, the values that each takes, and how a value is sent. Pure."""

import math
import re
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral

from tap_daktela.daktela import clock
from tap_daktela.nearest import hint

Scalar = str | int | float | bool | Decimal | date | datetime
"""One value of a filter. A date is its midnight, and a date-time without a zone the wall clock of the instance."""

Value = Scalar | tuple[Scalar, ...] | None

_WITH_TEXT = (
    "like", "notlike", "contains", "doesnotcontain", "startswith", "endswith", "regexp",
    "begins", "notbegins", "ends", "notends",
)  # fmt: skip
_WITH_ONE = ("eq", "neq", "gt", "gte", "lt", "lte", *_WITH_TEXT)
_WITH_LIST = ("in", "notin", "between")
_WITH_EQUAL = ("eq", "neq", "in", "notin")
_WITHOUT_VALUE = ("isnull", "isnotnull")
OPERATORS = (*_WITH_ONE, *_WITH_LIST, *_WITHOUT_VALUE)
"""Daktela V6 API: the operators of the vendor's own clients, the last four of text only of those for Python and MCP."""

_OTHER_NAMES = {
    "equals": "eq", "equal": "eq", "is": "eq", "notequals": "neq", "isnot": "neq", "after": "gt", "before": "lt",
    "nin": "notin", "null": "isnull", "notnull": "isnotnull",
    "=": "eq", "==": "eq", "!=": "neq", "<>": "neq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "ne": "neq",
}  # fmt: skip
_TWO = 2  # Values that 'between' takes.


def check(operator: str, value: Value) -> None:
    """Raise ValueError unless there is the `operator`, and `value` is one that it takes and that can be sent."""
    if operator not in OPERATORS:
        meant = hint(operator, OPERATORS, _OTHER_NAMES) or f"; the operators are {', '.join(OPERATORS)}"
        raise ValueError(f"there is no operator '{operator}'{meant}")
    many = isinstance(value, tuple)
    if operator in _WITHOUT_VALUE and value is not None:
        raise ValueError(f"'{operator}' takes no value")
    if operator in _WITH_ONE and many:
        raise ValueError(f"'{operator}' takes one value; a list goes with 'in' or 'notin'")
    if operator in _WITH_ONE and value is None:
        raise ValueError(f"'{operator}' needs a value; to look for none, use 'isnull' or 'isnotnull'")
    # Daktela V6 API: an empty list is rejected by some versions and matches everything in others.
    if operator in _WITH_LIST and (not many or not value):
        raise ValueError(f"'{operator}' takes a list of at least one value")
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    if operator == "between" and len(values) != _TWO:
        raise ValueError("'between' takes two values, the first and the last")
    for one in values:
        _check_scalar(operator, one)


def _check_scalar(operator: str, one: object) -> None:
    """Raise ValueError unless the API has a spelling for one value beside an operator that takes it."""
    if one is None:
        raise ValueError("a list of values holds no null; to look for none, use 'isnull' or 'isnotnull'")
    # The whole numbers of numpy are Integral, too.
    if not isinstance(one, str | Integral | float | Decimal | date):
        name = type(one).__name__
        raise ValueError(f"a value is text, a number, true/false, a date or a date-time, not of the type '{name}'")
    if isinstance(one, float | Decimal) and not math.isfinite(one):
        raise ValueError("a value must be a finite number")
    if isinstance(one, str) and re.search("[\ud800-\udfff]", one):
        raise ValueError("a value holds half a character (a lone surrogate), which cannot be sent")
    if isinstance(one, date):
        _check_date(operator, one)


def _check_date(operator: str, one: date) -> None:
    """Raise ValueError unless a date or date-time can be compared with rows, whose times are whole seconds."""
    if one != one:  # noqa: PLR0124 - what pandas has in place of a missing date-time is none, and equals nothing
        raise ValueError(f"a value must be a date-time, not {one}")
    if operator in _WITH_TEXT:
        raise ValueError(f"'{operator}' compares texts; write the date or date-time as text, or use eq, gte or lt")
    if not isinstance(one, datetime) or one == clock.whole(one):
        return
    if one.tzinfo is None:
        raise ValueError(
            f"the date-time {one} has no zone, so it is the wall clock of the instance, which has whole seconds;"
            " give it a zone (datetime.now(timezone.utc)) or take the fraction off (.replace(microsecond=0))"
        )
    if operator in _WITH_EQUAL:
        raise ValueError(
            f"'{operator}' never finds {one}: Daktela's times are whole seconds; take the fraction off"
            " (.replace(microsecond=0))"
        )


def text(scalar: Scalar) -> str:
    """Return one value as the API reads it: booleans are 1 and 0. ValueError for a date-time that has a zone still."""
    if isinstance(scalar, str):
        return str.__str__(scalar)  # A member of an Enum of texts is its text.
    if isinstance(scalar, int | Integral):
        return str(int(scalar))
    if isinstance(scalar, Decimal):
        return format(scalar, "f")
    if not isinstance(scalar, datetime):
        return str(scalar)
    if scalar.tzinfo is not None:
        raise ValueError(f"the date-time {scalar} has to become wall-clock text of the instance before it is sent")
    return clock.wall_clock_text(scalar)

"""The operators of a filter, the values that each takes, and how a value is sent. Pure."""

import math
import re

from tap_daktela.nearest import hint

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None

_WITHOUT_VALUE = ("isnull", "isnotnull")
_WITH_LIST = ("in", "notin", "between")
_WITH_ONE = (
    "eq", "neq", "gt", "gte", "lt", "lte", "like", "notlike", "contains", "doesnotcontain", "startswith", "endswith",
    "regexp",
)  # fmt: skip
OPERATORS = (*_WITH_ONE, *_WITH_LIST, *_WITHOUT_VALUE)
"""Daktela V6 API: the operators of the vendor's own Java and .NET clients."""

_OTHER_NAMES = {
    "nin": "notin", "begins": "startswith", "ends": "endswith", "null": "isnull", "notnull": "isnotnull",
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
    values = value if isinstance(value, tuple) else (value,)
    if operator == "between" and len(values) != _TWO:
        raise ValueError("'between' takes two values, the first and the last")
    if any(isinstance(one, float) and not math.isfinite(one) for one in values):
        raise ValueError("a value must be a finite number")
    if any(isinstance(one, str) and re.search("[\ud800-\udfff]", one) for one in values):
        raise ValueError("a value holds half a character (a lone surrogate), which cannot be sent")


def text(scalar: Scalar) -> str:
    """Return one value as the API reads it: booleans are 1 and 0."""
    return str(int(scalar)) if isinstance(scalar, bool) else str(scalar)

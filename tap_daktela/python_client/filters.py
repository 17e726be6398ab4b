"""Conditions that read like Python: `F.stage == "OPEN"`. Pure."""

import keyword
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from tap_daktela.daktela.operators import Scalar
from tap_daktela.daktela.query import Condition, where
from tap_daktela.nearest import hint

_OTHER_NAMES = {
    "eq": "==", "equals": "==", "is_": "==", "ne": "!=", "neq": "!=", "lt": "<", "lte": "<=", "le": "<=", "gt": ">",
    "gte": ">=", "ge": ">=", "in": "in_", "isin": "in_", "not_in": "notin", "nin": "notin", "is_null": "isnull",
    "is_not_null": "isnotnull", "begins": "startswith", "ends": "endswith", "ilike": "like", "matches": "regexp",
}  # fmt: skip


class FilterField:  # noqa: PLW1641 - what is equal to a field is for the instance to say, so it is no key of a dict
    """One field of a list. Compared with a value it gives a condition; conditions are joined with `&` and `|`.

    A value is text, a number, true or false, a `Decimal`, a `date` (its midnight) or a `datetime`. A datetime with a
    zone is an instant; one without is the wall clock of the instance. ValueError where a value cannot be sent.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        """Return the field as it is written in code."""
        plain = self._name.isidentifier() and not keyword.iskeyword(self._name)
        return f"F.{self._name}" if plain else f"F[{self._name!r}]"

    # A comparison of fields is a condition, not a truth as it is for all other objects: hence `override`.
    def __eq__(self, value: Scalar) -> Condition:  # type: ignore[override]
        """Return the condition that the field equals the value."""
        return self._compared("eq", value)

    def __ne__(self, value: Scalar) -> Condition:  # type: ignore[override]
        """Return the condition that the field differs from the value."""
        return self._compared("neq", value)

    def __lt__(self, value: Scalar) -> Condition:
        """Return the condition that the field is below the value."""
        return self._compared("lt", value)

    def __le__(self, value: Scalar) -> Condition:
        """Return the condition that the field is at most the value."""
        return self._compared("lte", value)

    def __gt__(self, value: Scalar) -> Condition:
        """Return the condition that the field is above the value."""
        return self._compared("gt", value)

    def __ge__(self, value: Scalar) -> Condition:
        """Return the condition that the field is at least the value."""
        return self._compared("gte", value)

    def like(self, pattern: str) -> Condition:
        """Return the condition that the text fits the pattern of SQL: `%` is any text, `_` any character."""
        return where(self._name, "like", pattern)

    def notlike(self, pattern: str) -> Condition:
        """Return the condition that the text does not fit the pattern of SQL."""
        return where(self._name, "notlike", pattern)

    def contains(self, text: str) -> Condition:
        """Return the condition that the text is somewhere in the field."""
        return where(self._name, "contains", text)

    def doesnotcontain(self, text: str) -> Condition:
        """Return the condition that the text is nowhere in the field."""
        return where(self._name, "doesnotcontain", text)

    def startswith(self, text: str) -> Condition:
        """Return the condition that the field begins with the text."""
        return where(self._name, "startswith", text)

    def endswith(self, text: str) -> Condition:
        """Return the condition that the field ends with the text."""
        return where(self._name, "endswith", text)

    def begins(self, text: str) -> Condition:
        """Return the condition that the field begins with the text, by the word of Daktela's Python client."""
        return where(self._name, "begins", text)

    def notbegins(self, text: str) -> Condition:
        """Return the condition that the field does not begin with the text."""
        return where(self._name, "notbegins", text)

    def ends(self, text: str) -> Condition:
        """Return the condition that the field ends with the text, by the word of Daktela's Python client."""
        return where(self._name, "ends", text)

    def notends(self, text: str) -> Condition:
        """Return the condition that the field does not end with the text."""
        return where(self._name, "notends", text)

    def regexp(self, pattern: str) -> Condition:
        """Return the condition that the regular expression of the instance's database is found in the field."""
        return where(self._name, "regexp", pattern)

    def in_(self, values: Iterable[Scalar]) -> Condition:
        """Return the condition that the field equals one of the values, which are at least one."""
        return where(self._name, "in", values)

    def notin(self, values: Iterable[Scalar]) -> Condition:
        """Return the condition that the field equals none of the values, which are at least one."""
        return where(self._name, "notin", values)

    def between(self, first: Scalar, last: Scalar) -> Condition:
        """Return the condition that the field is one of both values, or lies between them."""
        return where(self._name, "between", (first, last))

    def isnull(self) -> Condition:
        """Return the condition that the field has no value."""
        return where(self._name, "isnull")

    def isnotnull(self) -> Condition:
        """Return the condition that the field has a value."""
        return where(self._name, "isnotnull")

    def _compared(self, operator: str, value: Scalar) -> Condition:
        """Return a comparison. ValueError for what Python compares with, and Daktela does not."""
        given: object = value
        if isinstance(given, FilterField):
            raise ValueError(f"Daktela compares a field with a value, not with another field: {self} and {given}")
        if given is None:
            raise ValueError(f"{self} is not compared with None: use {self}.isnull() or {self}.isnotnull()")
        if isinstance(given, list | tuple | set | frozenset):
            raise ValueError(f"{self} is not compared with a list: use {self}.in_([...]) or {self}.notin([...])")
        return where(self._name, operator, value)

    def __bool__(self) -> NoReturn:
        """Refuse a field where a condition is meant. TypeError."""
        raise TypeError(f"{self} is a field, not a condition; compare it with a value, for example {self} == 1")

    if not TYPE_CHECKING:  # A type checker finds these mistakes itself, unless it is told that there are such methods.

        def __getattr__(self, name: str) -> NoReturn:
            """Name the operator that was meant. AttributeError."""
            if name.startswith("_"):  # Python and its tools look for protocols.
                raise AttributeError(name)
            meant = hint(name, [one for one in dir(FilterField) if not one.startswith("_")], _OTHER_NAMES)
            dotted = FilterField(f"{self._name}.{name}")
            raise AttributeError(f"{self} has no operator '{name}'{meant or f'; a field of a relation is {dotted}'}")

        def __contains__(self, value: object) -> NoReturn:
            """Refuse `in`, whose result Python turns into a truth. TypeError."""
            raise TypeError(f"'in' is no operator of Daktela: use {self}.in_([...]) or {self}.contains(\"...\")")

        def __and__(self, other: object) -> NoReturn:
            """Refuse what `F.a == 1 & F.b == 2` means without brackets. TypeError."""
            raise TypeError(f"{self} is no condition; put each comparison in brackets: (F.a == 1) & (F.b == 2)")

        __rand__ = __or__ = __ror__ = __and__


class FilterFields:
    """All fields of all lists: `F.stage`, and with other characters or a dot in the name `F["queue.title"]`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> FilterField:
        """Return the field of that name."""
        if name.startswith("__"):  # Python and its tools look for protocols.
            raise AttributeError(name)
        return FilterField(name)

    def __getitem__(self, name: str) -> FilterField:
        """Return the field of that name, which may go into a relation or into `customFields`."""
        if not isinstance(name, str):
            raise TypeError(f"the name of a field is text, such as F['queue.title'], not {name!r}")
        return FilterField(name)

    def __repr__(self) -> str:
        """Return its name in code."""
        return "F"

    def __reduce__(self) -> str:
        """Let it be copied and pickled by name: there is one."""
        return "F"


F = FilterFields()
"""Names a field: `F.stage == "OPEN"`, `F["queue.title"].like("%sales%")`."""

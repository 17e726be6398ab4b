"""The values of a filter: how each is sent, and which are refused."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tap_daktela.daktela.operators import OPERATORS
from tap_daktela.daktela.query import Query, where

NAIVE = datetime(2024, 1, 31, 8, 5)  # noqa: DTZ001 - the wall clock of the instance
AWARE = NAIVE.replace(tzinfo=timezone.utc)
PART = timedelta(microseconds=1)
NANOSECOND = pd.Timedelta(1, "ns")
TEXTUAL = (
    "like", "notlike", "contains", "doesnotcontain", "startswith", "endswith", "regexp",
    "begins", "notbegins", "ends", "notends",
)  # fmt: skip


class Stage(str, Enum):
    """Texts with names, as a user may have them."""

    OPEN = "OPEN"


class Priority(IntEnum):
    """Numbers with names."""

    HIGH = 3


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (True, "1"),
        (False, "0"),
        (7, "7"),
        (-(2**70), "-1180591620717411303424"),
        (1.5, "1.5"),
        ("é &", "é &"),
        ("", ""),
        (Decimal("19.90"), "19.90"),
        (Decimal("12345678901234567890.12"), "12345678901234567890.12"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (date(2024, 1, 31), "2024-01-31"),
        (NAIVE, "2024-01-31 08:05:00"),
        (datetime(987, 1, 1), "0987-01-01 00:00:00"),  # noqa: DTZ001 - the wall clock of the instance
        (Stage.OPEN, "OPEN"),
        (Priority.HIGH, "3"),
        (np.int64(5), "5"),
        (np.float64(1.5), "1.5"),
        (pd.Timestamp(NAIVE), "2024-01-31 08:05:00"),
    ],
)
def test_values(value: Any, sent: str) -> None:
    one = dict(Query(where("a", "eq", value)).parameters())
    several = dict(Query(where("a", "in", ["x", value])).parameters())
    assert (one["filter[filters][0][value]"], several["filter[filters][0][value][1]"]) == (sent, sent)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (b"OPEN", "not of the type 'bytes'"),
        (bytearray(b"OPEN"), "not of the type 'bytearray'"),
        ({"a": 1}, "not of the type 'dict'"),
        (object(), "not of the type 'object'"),
        (1j, "not of the type 'complex'"),
        (time(8), "not of the type 'time'"),
        (timedelta(1), "not of the type 'timedelta'"),
        (float("nan"), "finite number"),
        (float("-inf"), "finite number"),
        (Decimal("NaN"), "finite number"),
        (Decimal("Infinity"), "finite number"),
        ("a\ud800", "half a character"),
        (pd.NaT, "must be a date-time, not NaT"),
        (NAIVE + PART, r"no zone.*datetime\.now\(timezone\.utc\).*replace\(microsecond=0\)"),
        (pd.Timestamp(NAIVE) + NANOSECOND, "no zone"),
    ],
)
@pytest.mark.parametrize("operator", ["eq", "gte"])
def test_values_that_are_refused(value: Any, sentence: str, operator: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        where("a", operator, value)
    with pytest.raises(ValueError, match=sentence):
        where("a", "between", [value, value])


@pytest.mark.parametrize("value", [b"ab", {"a": 1}, "ab", 7])
def test_what_gives_no_values_is_no_list(value: Any) -> None:
    with pytest.raises(ValueError, match="'in' takes a list of at least one value"):
        where("a", "in", value)


def test_lists_in_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="not of the type 'list'"):
        where("a", "in", [[1]])


@pytest.mark.parametrize("operator", TEXTUAL)
@pytest.mark.parametrize("value", [date(2024, 1, 31), NAIVE, AWARE])
def test_a_text_operator_takes_no_date(operator: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"'{operator}' compares texts"):
        where("a", operator, value)


@pytest.mark.parametrize("operator", ["eq", "neq", "in", "notin"])
def test_a_part_of_a_second_equals_no_row(operator: str) -> None:
    for part in (AWARE + PART, pd.Timestamp(AWARE) + NANOSECOND):
        with pytest.raises(ValueError, match=f"'{operator}' never finds 2024-01-31 08:05:00.0+1"):
            where("a", operator, part if operator in {"eq", "neq"} else [AWARE, part])


@pytest.mark.parametrize("operator", [one for one in OPERATORS if one not in {*TEXTUAL, "isnull", "isnotnull"}])
def test_an_instant_is_never_sent_without_the_zone_of_the_instance(operator: str) -> None:
    many = operator in {"in", "notin", "between"}
    with pytest.raises(ValueError, match="has to become wall-clock text of the instance"):
        Query(where("a", operator, [AWARE, AWARE] if many else AWARE)).parameters()

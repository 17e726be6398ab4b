"""Whatever an instance sends: what leaves the tap is what its SCHEMA says."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.catalog.streams import STREAMS
from tests.helpers.record_helpers import MODES, check, output, records

if TYPE_CHECKING:
    from tap_daktela.sync.records.stream_output import StreamOutput

KNOWN = entries(STREAMS)


@lru_cache(maxsize=len(MODES))
def way_out(name: str, nested: str, timestamps: str) -> StreamOutput:
    """Return the way out of a stream; it takes longer to compile than to use."""
    return output(KNOWN[name], nested=nested, timestamps=timestamps)


ODD = (
    "",
    "0",
    "1",
    "no",
    "1,5",
    "12",
    "0000-00-00 00:00:00",
    "2024-10-27 02:30:00",
    "2024-01-02",
    "0001-01-01 00:00:00",
)
# What JSON gives after decoding: no NaN, integers of at most 64 bits with or without a sign.
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(ODD)
    | st.text(max_size=10)
    | st.datetimes().map(lambda moment: moment.isoformat(" ")[:19])
)
names = st.sampled_from(["name", "title", "id_call", "file", "password", "0", "1"]) | st.text(max_size=5)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)


def arbitrary_row(entry: Entry, pool: list[Any], dice: random.Random) -> dict[str, Any]:
    """Return a row of the entry's stream whose every field is one of a pool; only its key is as it should be."""
    row: dict[str, Any] = {}
    for column in entry.stream.columns:
        for path in column.paths:
            style = dice.randrange(4)
            if style == 0:
                row[".".join(path)] = dice.choice(pool)
            elif style == 1 and path[1:]:
                inner = row.get(path[0])
                row[path[0]] = {**(inner if isinstance(inner, dict) else {}), path[1]: dice.choice(pool)}
            elif style == 2 and column.type in {FieldType.RECORDS, FieldType.CUSTOM_FIELDS}:
                row[path[0]] = embedded(column, pool, dice)
            elif dice.random() < 0.9:
                row[path[0]] = dice.choice(pool)
    for column in entry.stream.columns:
        if column.name in entry.stream.key:
            row[column.api_name] = 7 if column.type is FieldType.INTEGER else "key"
    return row


def embedded(column: Column, pool: list[Any], dice: random.Random) -> Any:
    """Return something like what a nested column is meant to hold."""
    if column.type is FieldType.CUSTOM_FIELDS:
        return {f"field{number}": [dice.choice(pool)] for number in range(dice.randrange(3))}
    return [
        {
            item.api_name: dice.randrange(9) if number == 0 else dice.choice(pool)
            for number, item in enumerate(column.items)
        }
        for _ in range(dice.randrange(3))
    ]


@pytest.mark.parametrize("entry", KNOWN.values(), ids=KNOWN)
@settings(max_examples=4)
@given(st.lists(anything, min_size=3, max_size=12), st.integers(0, 2**32), st.sampled_from(MODES))
def test_a_record_is_what_its_schema_says(entry: Entry, pool: list[Any], seed: int, mode: tuple[str, str]) -> None:
    out = way_out(entry.name, *mode)
    before = out.rows
    dice = random.Random(seed)  # noqa: S311 - arbitrary, not secret
    rows = [arbitrary_row(entry, pool, dice) for _ in range(3)]
    found = records(out, rows)
    assert len(found) == out.rows - before
    if entry.derived is None:
        assert len(found) == len(rows)
    for record in found:
        check(out.schema(), record)


def test_the_test_would_notice() -> None:
    out = output(KNOWN["tickets"])
    [record] = records(out, [{"name": 1, "edited": "2024-01-02 03:04:05"}])
    check(out.schema(), record)
    bad: list[dict[str, Any]] = [
        {**record, "edited": "2024-01-02 03:04:05"},
        {**record, "name": None},
        {**record, "title": 5},
        {**record, "new": 1},
        {**record, "stage": None},
    ]
    for one in bad:
        with pytest.raises(Exception, match=r"."):
            check(out.schema(), one)

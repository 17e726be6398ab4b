"""A unit as one line of JSON."""

import json

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.units.unit import Unit

LINE = {
    "id": "tickets_2024-01-01_2024-02-01",
    "url": "https://mycompany.daktela.com",
    "streams": ["tickets", "tickets_statuses"],
    "since": "2020-01-01T00:00:00Z",
    "start_date": "2023-12-31T23:00:00Z",
    "end_date": "2024-01-31T23:00:00Z",
    "rows": 48_211,
    "requests": 53,
    "bytes": None,
    "seconds": 21.5,
}


def test_what_is_written_can_be_read() -> None:
    unit = Unit.parse(json.dumps(LINE), "u.json")
    assert json.loads(unit.line()) == LINE
    assert Unit.parse(unit.line() + "\n", "u.json") == unit


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": None}, "u.json: the unit has no text 'id'"),
        ({"streams": []}, "u.json: 'streams' of the unit is not a list of names"),
        ({"streams": [1]}, "u.json: 'streams' of the unit is not a list of names"),
        ({"since": "2024-01-01"}, "u.json: a time of the unit is not usable: '2024-01-01' has no time zone"),
        ({"since": "2024-01-01T00:00:00Z"}, "u.json: since, start_date and end_date of the unit are not in this order"),
        ({"end_date": LINE["start_date"]}, "u.json: since, start_date and end_date of the unit are not in this order"),
    ],
)
def test_what_is_no_unit_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Unit.parse(json.dumps(LINE | change), "u.json")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "u.json is not JSON"),
        ("[]", "u.json: it is not the object of a unit"),
        (f"{json.dumps(LINE)}\n{json.dumps(LINE)}\n", "u.json: it holds several units"),
    ],
)
def test_other_files_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Unit.parse(text, "u.json")

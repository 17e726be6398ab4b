"""What a user of the client may give as a filter, and what is said about anything else."""

from typing import Any

import pytest

from tap_daktela.daktela.query import where
from tap_daktela.errors import ConfigError
from tap_daktela.python_client.conditions import wanted_rows
from tap_daktela.python_client.filters import F

OPEN, HIGH = where("stage", "eq", "OPEN"), where("priority", "eq", "HIGH")
TREE = {"field": "stage", "operator": "eq", "value": "OPEN"}


@pytest.mark.parametrize(
    ("given", "equals", "wanted"),
    [
        (None, {}, None),
        (OPEN, {}, OPEN),
        (TREE, {}, OPEN),
        ([OPEN, HIGH], {}, OPEN & HIGH),
        ((OPEN, HIGH), {}, OPEN & HIGH),
        ([TREE, HIGH], {}, OPEN & HIGH),
        (None, {"stage": "OPEN", "priority": "HIGH"}, OPEN & HIGH),
        (OPEN, {"priority": "HIGH"}, OPEN & HIGH),
        (None, {"stage": ["OPEN", "WAIT"]}, where("stage", "in", ["OPEN", "WAIT"])),
        (None, {"stage": {"OPEN"}}, where("stage", "in", ["OPEN"])),
        (None, {"user": None}, where("user", "isnull")),
    ],
)
def test_what_may_be_given(given: Any, equals: dict[str, Any], wanted: Any) -> None:
    assert wanted_rows(given, equals, ()) == wanted


@pytest.mark.parametrize("given", [F.stage, F.stage.isnull, "stage=OPEN", True, 7, OPEN == HIGH, b"stage", {OPEN}])
def test_what_is_no_condition_is_shown_how_one_is_written(given: Any) -> None:
    with pytest.raises(ConfigError, match=r"filter: .*is no condition; write F\.stage == 'OPEN', for example"):
        wanted_rows(given, {}, ())


@pytest.mark.parametrize(
    ("given", "equals", "sentence"),
    [
        ([OPEN, {"field": "a"}], {}, r"filter: at \[1\]: 'operator' is one of"),
        ([], {}, "filter: 'filters' is a list of at least one condition"),
        (None, {"stage": F.priority}, "stage: a value is text.* not of the type 'FilterField'"),
        ([F.stage], {}, r"filter: at \[0\]: a filter is an object"),
        (None, {"filter": OPEN}, "behind the name of the list, without 'filter=' in front of it"),
        (None, {"where": OPEN & HIGH}, "without 'where=' in front of it"),
        (None, {"stage": []}, "stage: 'in' takes a list of at least one value"),
    ],
)
def test_what_cannot_be_sent(given: Any, equals: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        wanted_rows(given, equals, ())

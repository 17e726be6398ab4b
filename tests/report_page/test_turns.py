"""Who waited for whom."""

from __future__ import annotations

from tap_daktela.report_page.turns import Wait, waited_for, waits
from tests.helpers.report.documents import lane, timeline


def test_a_stream_waits_from_its_first_answer_to_its_turn() -> None:
    found = waits(
        timeline(
            lane("calls", 1.0, (0.0, 6.0)),
            lane("emails", 2.0, (6.0, 9.0)),
            lane("tickets", 4.0, (9.0, 10.0)),
            lane("users", 12.0, (10.0, 13.0)),
        )
    )
    assert found == {
        "emails": Wait(4.0, [("calls", 4.0)]),
        "tickets": Wait(5.0, [("emails", 3.0), ("calls", 2.0)]),
    }
    assert waited_for(found) == {"calls": 6.0, "emails": 3.0}


def test_a_stream_whose_turn_never_came_waited_to_the_end() -> None:
    lanes = (lane("calls", 1.0, (0.0, 8.0)), lane("emails", 2.0, None), lane("users", None, None))
    found = waits(timeline(*lanes, seconds=8))
    assert found == {"emails": Wait(6.0, [("calls", 6.0)])}

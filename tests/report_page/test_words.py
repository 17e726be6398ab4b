"""Numbers, times and lists as people read them."""

from __future__ import annotations

import pytest

from tap_daktela.report_page.words import counted, duration, listed, local


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.25, "0.2 s"), (9, "9 s"), (59.4, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"),
        (3725, "1 h 2 min"), (86_400, "1 d"), (90_000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_a_length_of_time_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_names_are_a_list_of_words() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"


def test_a_noun_follows_its_number() -> None:
    assert (counted(1, "row"), counted(2000, "row")) == ("1 row", "2,000 rows")


def test_an_instant_is_shown_on_the_clock_of_the_instance() -> None:
    assert local("2024-07-01T10:00:00Z", "Europe/Prague") == "2024-07-01 12:00 (Europe/Prague)"
    assert local("2024-07-01T10:00:00Z", None) == "2024-07-01 10:00 (UTC)"

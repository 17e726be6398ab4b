"""Lines of the log and values from outside: where secrets begin and end in them, and how long they are."""

import logging

import pytest

from tap_daktela.redaction import MASK, Redactor


def knowing(*secrets: str) -> Redactor:
    known = Redactor()
    for secret in secrets:
        known.add(secret)
    return known


def test_blanks_around_a_secret_are_none() -> None:
    assert knowing(" canary-1\t\n").clean("xcanary-1y") == f"x{MASK}y"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("ab1ab1", "ab1ab1ab1"),
        ("ab1ab1", "ab1ab1ab1ab1ab1ab1ab1"),
        ("11111111", "111111111"),
        ("11111111", "1" * 100),
        ("ab1ab1", "ab1ab1ab1ab1"),
    ],
)
def test_places_that_overlap_are_hidden_as_one(secret: str, text: str) -> None:
    assert knowing(secret).clean(f"x{text}y") == f"x{MASK}y"


def test_each_place_of_a_secret_is_hidden() -> None:
    assert knowing("ab1ab1").clean("ab1ab1, ab1ab1 ab1ab1") == f"{MASK}, {MASK} {MASK}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("a\nb", r"a\nb"),
        ("canary-1\x1b", rf"{MASK}\x1b"),
        ("token=canary-2\n", rf"token={MASK}"),
    ],
)
def test_a_line_of_ours_is_clean_and_printable(text: str, line: str) -> None:
    assert knowing("canary-1").line(text) == line


def test_what_is_hidden_from_outside_is_more_than_secrets() -> None:
    words = "canary-1 jana@customer.example\n\x1b token=abc"
    assert knowing("canary-1").from_outside(words) == rf"{MASK} {MASK} \x1b token={MASK}"


@pytest.mark.parametrize(("size", "shown"), [(500, "x" * 500), (501, "x" * 500 + "\u2026")])
def test_values_from_outside_are_cut(size: int, shown: str) -> None:
    assert Redactor().from_outside("x" * size) == shown


@pytest.mark.parametrize(("size", "left"), [(200_000, 200_000), (200_001, 150_000)])
def test_a_secret_that_is_cut_is_in_the_end_that_is_left_out(size: int, left: int) -> None:
    assert Redactor().hidden("x" * size) == "x" * left


def test_other_handlers_find_no_exception_and_no_stack_to_print_anew() -> None:
    handler = logging.Handler()
    knowing("canary-1").install(handler)
    error = ValueError("canary-1")
    record = logging.makeLogRecord({"msg": "x", "exc_info": (ValueError, error, None), "stack_info": "in canary-1\n"})
    assert handler.filter(record)
    assert (record.exc_info, record.exc_text) == (None, f" ValueError: {MASK}")
    assert record.stack_info is not None
    assert record.stack_info.startswith(f" in {MASK}")

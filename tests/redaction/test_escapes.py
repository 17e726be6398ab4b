"""Text without its escapes, and where each of its characters stood before."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.redaction import MASK, Redactor
from tap_daktela.redaction.escapes import as_utf8, origins, unescaped


@pytest.mark.parametrize(
    ("text", "meant"), [("abc", "abc"), ("Å¾", "ž"), ("ž", "ž"), ("é", "é"), ("", ""), ("Å¾ ž", "Å¾ ž")]
)
def test_text_that_was_taken_for_latin_1(text: str, meant: str) -> None:
    assert as_utf8(text) == meant


@given(st.text(st.sampled_from("a%4125&amp;#\\ux0+ \nž"), max_size=40))
def test_each_character_has_its_origin(text: str) -> None:
    plain, (begins, ends) = unescaped(text), origins(text)
    assert len(plain) == len(begins) == len(ends)
    assert list(begins) == sorted(begins)
    assert list(ends) == sorted(ends)
    assert all(begin < end for begin, end in zip(begins, ends, strict=True))


@pytest.mark.parametrize("before", ["%41%42 ", "&amp;amp; ", "\\u0041", "++++ "])
def test_escapes_before_a_secret_do_not_move_its_place(before: str) -> None:
    known = Redactor()
    known.add("canary-1/ž")
    assert known.clean(f"{before}x{quote('canary-1/ž', '')}y") == f"{before}x{MASK}y"

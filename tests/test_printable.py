"""What a line for people may hold."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.printable import printable, printable_json, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nCRITICAL forged", r"a\nCRITICAL forged"),
        ("\r\t\v\f\0\x7f", r"\r\t\x0b\x0c\x00\x7f"),
        ("\x85\x9b\u2028\u2029", r"\x85\x9b\u2028\u2029"),
        ("\u202eabc\u2066\u200f\ufeff\u200b\xad", r"\u202eabc\u2066\u200f\ufeff\u200b\xad"),
        ("\U000e0041\ue000\udc80", r"\U000e0041\ue000\udc80"),
        ("12\xa0345\u2009Kč", "12 345 Kč"),
        ("Příliš žluťoučký kůň, Ελληνικά, 中文, עברית, 😀👍🏽 ❤️", None),
        ("C:\\new", None),
    ],
)
def test_every_character_that_is_not_printable_is_an_escape(text: str, shown: str | None) -> None:
    assert printable(text) == (text if shown is None else shown)


@given(st.text())
def test_nothing_that_is_not_printable_remains(text: str) -> None:
    line = printable(text)
    assert line.isprintable()
    assert printable(line) == line
    assert [c for c in line if unicodedata.category(c)[0] in "CZ" and c != " "] == []


@given(st.text())
def test_each_line_of_a_block_begins_with_a_blank(text: str) -> None:
    block = printable_lines(text)
    assert len(block.split("\n")) == len(text.split("\n"))
    assert all(line.startswith(" ") and line.isprintable() for line in block.split("\n"))
    assert printable_lines(block) == block


@given(st.dictionaries(st.text(), st.text()))
def test_json_means_the_same(document: dict[str, str]) -> None:
    text = printable_json(json.dumps(document, ensure_ascii=False, indent=2))
    assert json.loads(text) == document
    assert all(line.isprintable() for line in text.split("\n"))

"""Text that should be JSON: which mistake is found, and where. Secrets in it are never repeated."""

from __future__ import annotations

import pytest

from tap_daktela.runtime.files import parse_json

SECRET = "tok-Qz7Lw9"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{\n  "a": "S",\n}\n', "line 2, column 11: remove the comma: nothing follows it"),
        ('{"a": ["S", ]}', "line 1, column 11: remove the comma: nothing follows it"),
        ('{\n  "a": "S,\n  "b": 1\n}', "line 2, column 11: the closing quote of a text is missing"),
        ('{\n  "a": S",\n  "b": 1\n}', "line 2, column 8: a value is missing, or a text is not in double quotes"),
        ('{\n  "a": "S"\n  "b": 1\n}', "line 3, column 3: a comma is missing in front of this, or a quote within a"),
        ('{"a": 1, "b": "S}', "line 1, column 15: the quote that opens here is never closed"),
        ("{'a': 'S'}", "line 1, column 2: names and texts stand in double quotes, not in single ones"),
        ('{"a": “S”}', "line 1, column 7: quotes must be plain ones, not typographic ones"),
        ('{\n  // S\n  "a": 1}', "line 2, column 3: JSON has no comments; remove it"),
        ('# S\n{"a": 1}', "line 1, column 1: JSON has no comments; remove it"),
        ('{a: "S"}', "line 1, column 2: a name stands in double quotes"),
        ('{"a": "S\\d"}', ": a backslash within a text is written twice"),
        ('{"a": "S\td"}', "line 1, column 9: a control character, such as a tab, cannot stand in a text"),
        ('{"a": True}', "line 1, column 7: true, false and null are written in lower case"),
        ('{"a" = "S"}', "line 1, column 6: a colon stands between a name and its value"),
        ('{"a" "S"}', "line 1, column 6: a colon is missing behind the name"),
        ('{"a": "S"', "line 1, column 10: a closing bracket is missing at the end"),
        ('{"a": "S"}}', "line 1, column 11: a bracket too many"),
        ('{"a": 1}\n{"a": "S"}', "line 2, column 1: the value has ended, and more follows"),
        ("a: S\n", "line 1, column 1: JSON begins with a bracket; this is another format"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="is not JSON: line") as caught:
        parse_json(text)
    assert sentence in str(caught.value)
    with pytest.raises(ValueError, match="is not JSON: line") as caught:
        parse_json(text.replace("S", SECRET))
    assert "Qz7" not in str(caught.value)


def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^has 'url' twice in one object; remove one of them$"):
        parse_json('{"b": {"url": 1}, "a": {"url": "s", "c": 1, "url": "t"}}')

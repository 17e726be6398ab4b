"""The forms of a secret that are searched for: none too short, and none that leaves a part of it in sight."""

import base64

import pytest

from tap_daktela.redaction import MASK, Redactor
from tap_daktela.redaction.forms import encoded_forms, is_weak


@pytest.mark.parametrize(
    ("form", "weak"),
    [
        ("ab-12", True),
        ("ab-123", False),
        ("a" * 15, True),
        ("a" * 16, False),
        ("a_setting", True),
        ("a1setting", False),
    ],
)
def test_which_forms_are_weak(form: str, weak: bool) -> None:
    assert is_weak(form) is weak


@pytest.mark.parametrize(
    ("secret", "forms"),
    [
        ("abc", set()),
        # 6 characters of base64 and 8 of hex are enough; "ywjjz" would be found in other texts.
        ("abcd", {"ywjjza", "ywjjza==", "61626364"}),
    ],
)
def test_encoded_forms_of_short_secrets(secret: str, forms: set[str]) -> None:
    assert {form for form in encoded_forms(secret) if "ywjj" in form or "6162" in form} == forms


@pytest.mark.parametrize("size", [8, 9, 10])
@pytest.mark.parametrize("before", ["", "u", "u:"])
def test_within_base64_no_character_of_the_secret_alone_is_left(before: str, size: int) -> None:
    """A character of base64 has 6 bits. What is left also has bits of the text before or after it."""
    secret = "kAnary-789"[:size]
    known = Redactor()
    known.add(secret)
    encoded = base64.b64encode(f"{before}{secret}~and more".encode()).decode()
    begin, end = -(len(before) * -8 // 6), (len(before) + size) * 8 // 6
    assert known.clean(encoded) == encoded[:begin] + MASK + encoded[end:]

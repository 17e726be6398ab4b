"""What is wrong with text that should be JSON: where, and how to mend it. Nothing of the text itself is repeated."""

import json
import re

_TYPOGRAPHIC = "\u2018\u2019\u201a\u201c\u201d\u201e\u201f\u00ab\u00bb"
_COMMENT = re.compile(r"//|/\*|#")
_PYTHON_WORD = re.compile(r"(True|False|None|TRUE|FALSE|NULL|Null)\b")

# The beginnings of Python's own messages, which name a place only, and what to do there.
_BY_MESSAGE = (
    ("Unterminated string", "the quote that opens here is never closed"),
    ("Invalid \\", "a backslash within a text is written twice: \\\\"),
    ("Invalid control character", "a control character, such as a tab, cannot stand in a text"),
    ("Expecting ',' delimiter", "a comma is missing in front of this, or a quote within a text has no backslash"),
    ("Expecting ':' delimiter", "a colon is missing behind the name"),
    ("Expecting property name", "a name stands in double quotes"),
    ("Expecting value", "a value is missing, or a text is not in double quotes"),
)


def mistake(text: str, error: json.JSONDecodeError) -> str:
    """Return where and why `text` is not JSON, as `line 3, column 5: …`, and how to mend it."""
    at, hint = _found(text, error)
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}: {hint}"


def _found(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """Return the offset of a mistake, and a hint about it. Versions of Python differ in both."""
    at, here = error.pos, text[error.pos : error.pos + 1]
    before = text[:at].rstrip()
    if here == "," and text[at + 1 :].lstrip()[:1] in {"]", "}"}:
        return at, "remove the comma: nothing follows it"
    if here in {"]", "}"} and before.endswith(","):
        return len(before) - 1, "remove the comma: nothing follows it"
    if here in {"\n", "\r"} and error.msg.startswith("Invalid control"):
        return at, "the closing quote of a text is missing"
    return at, _about_character(here, text, at) or _about_end(error, here, before) or _by_message(error)


def _about_character(here: str, text: str, at: int) -> str:
    """Return a hint about a character that no JSON has at such a place; "" for others."""
    if here == "'":
        return "names and texts stand in double quotes, not in single ones"
    if here and here in _TYPOGRAPHIC:
        return "quotes must be plain ones, not typographic ones"
    if _COMMENT.match(text, at):
        return "JSON has no comments; remove it"
    if _PYTHON_WORD.match(text, at):
        return "true, false and null are written in lower case"
    if here == "=":
        return "a colon stands between a name and its value"
    return ""


def _about_end(error: json.JSONDecodeError, here: str, before: str) -> str:
    """Return a hint about text that begins or ends in the wrong place; "" for others."""
    if error.msg.startswith("Extra data"):
        return "a bracket too many" if here in {"]", "}"} else "the value has ended, and more follows"
    if not here:
        return "a closing bracket is missing at the end"
    if not before:
        return "JSON begins with a bracket; this is another format"
    return ""


def _by_message(error: json.JSONDecodeError) -> str:
    return next((hint for words, hint in _BY_MESSAGE if error.msg.startswith(words)), error.msg)

"""Text as it is meant, whatever encodings it went through, and where each of its characters came from."""

import html
import re
import sys
from array import array
from collections.abc import Iterator
from typing import NamedTuple

_LAYERS = 5
"""Encodings within each other that are undone: more than any software makes, and an end for hostile text."""

_HEX = "[0-9a-f]"
_OCTET = rf"(?:%(?:25)*|\\+x){_HEX}"  # up to its second digit; % may have been encoded itself, again and again
_MORE = r"(?:%(?:25)*|\\+x)[89ab][0-9a-f]"
# Colours of a terminal, and characters without a shape: control characters, soft hyphens, joiners, marks of direction.
_INVISIBLE = (
    r"(?:\x1b\[|\x9b)[0-9;:]*m|[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
# One character for each match, of which UTF-8 may need several octets. Each alternative reads a run of backslashes or
# of `25` once and always uses it up, so that the time grows with the length of the text and not with its square.
_ESCAPE = re.compile(
    rf"""(?:(?P<invisible>{_INVISIBLE})|(?=[%&\\+\s])(?:
      (?P<octets>(?:%(?:25)*|\\+x)(?:[cd]{_HEX}{_MORE}|e{_HEX}{_MORE}{_MORE}|f{_HEX}{_MORE}{_MORE}{_MORE})|{_OCTET}{_HEX})
    | &(?:amp;)*(?P<html>\#[0-9a-z]{{1,31}};?|[0-9a-z]{{1,31}};)
    | \\+(?:u(?P<high>d[89ab]{_HEX}{_HEX})\\+u(?P<low>d[c-f]{_HEX}{_HEX})
           |(?-i:U)(?P<long>{_HEX}{{8}})|u(?P<short>{_HEX}{{4}})|u\{{(?P<braces>{_HEX}{{1,6}})\}}|(?P<backspace>(?-i:b))|(?P<line>(?-i:[fnrtv])))
    | (?P<quoting>\\+(?=["'/]))
    | (?P<backslashes>\\\\+)
    | (?P<blank>[\s+]{{2,}}|[^\S ]|\+)))
    """,
    re.IGNORECASE | re.VERBOSE,
)
# How many backslashes one becomes, encoded again and again. Before an escape, another number has one of its own.
_ENCODED_AGAIN = {0, 1, 2, 4, 8, 16, 32}
_OCTETS = re.compile(rf"(?:%(?:25)*|x)({_HEX}{{2}})", re.IGNORECASE)


class Origins(NamedTuple):
    """Where the characters of unescaped text came from: character `i` from `begins[i]` to before `ends[i]`."""

    begins: "array[int]"
    ends: "array[int]"


def as_utf8(text: str) -> str:
    """Return text that a library took for Latin-1, as it takes every header, as the UTF-8 that it may be."""
    try:
        return text if text.isascii() else text.encode("latin-1").decode()
    except ValueError:
        return text


def unescaped(text: str) -> str:
    r"""Return `text` without percent-encoding, HTML entities, `\uXXXX`, `\xXX` and quoting backslashes, in any order.

    Every run of blanks, line ends and `+` (a blank in forms) becomes one blank, every run of backslashes one backslash.
    What nobody sees is left out, such as soft hyphens and the colours of a terminal.
    """
    *_, result = _layers(text)
    return result


def origins(text: str) -> Origins:
    """Return where each character of `unescaped(text)` came from."""
    begins, ends = array("q", range(len(text))), array("q", range(1, len(text) + 1))
    *layers, _ = _layers(text)
    for layer in layers:
        outer, begins, ends, done = Origins(begins, ends), array("q"), array("q"), 0
        for match in _ESCAPE.finditer(layer):
            begin, end = match.span()
            size = len(_meaning(match))
            begins += outer.begins[done:begin] + outer.begins[begin : begin + 1] * size
            ends += outer.ends[done:begin] + outer.ends[end - 1 : end] * size
            done = end
        begins += outer.begins[done:]
        ends += outer.ends[done:]
    return Origins(begins, ends)


def _layers(text: str) -> Iterator[str]:
    """Yield `text`, and then what remains of it without one layer of escapes after another."""
    yield text
    for _ in range(_LAYERS):
        text, before = _ESCAPE.sub(_meaning, text), text
        if text == before:
            return
        yield text


def _meaning(match: re.Match[str]) -> str:
    """Return the text that an escape stands for; the escape itself where it stands for nothing."""
    kind, text = match.lastgroup or "", match[0]
    if kind == "html":
        return html.unescape(f"&{match[kind]}")
    if kind in {"invisible", "quoting", "backslashes"}:
        return "\\" if kind == "backslashes" else ""
    run = len(text) - len(text.lstrip("\\"))
    return ("" if run in _ENCODED_AGAIN else "\\") + _character(match, kind)


def _character(match: re.Match[str], kind: str) -> str:
    if kind == "octets":
        octets = bytes.fromhex("".join(_OCTETS.findall(match[0])))
        try:
            return octets.decode()
        except ValueError:
            return octets.decode("latin-1")
    if kind == "low":
        return bytes.fromhex(match["high"] + match[kind]).decode("utf-16-be")
    if kind in {"long", "short", "braces"}:
        return chr(min(int(match[kind], 16), sys.maxunicode))
    return "\b" if kind == "backspace" else " "

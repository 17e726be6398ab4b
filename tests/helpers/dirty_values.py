"""What nobody should send: values of JSON, and documents that are nearly right; and what may come of them."""

from __future__ import annotations

import copy
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from tap_daktela.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")

CANARY = "canary-5f0e2b-canary"
LONGEST_SENTENCE = 20_000

ODD_TEXTS = (
    "", " ", "0", "1", "-1", "no", "true", "null", "nan", "1e999", "1,5", "9" * 30, "[]", "{}", "0000-00-00 00:00:00",
    "2024-10-27 02:30:00", "2024-01-02", "2024-01-01T00:00:00Z", "9999-12-31 23:59:59", "0001-01-01 00:00:00",
    "1970-01-01T00:00:00+14:00", "a\nb", "\x00", "\ud800", "\x1b[2J", "'; --", "%s %d {0} {x}", "../..", "/etc/passwd",
    "Europe", "Europe/Prague", "name", "tickets", "and", "eq", "filters",
)  # fmt: skip
ODD_NUMBERS = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**40, -0.0, 0.5, 1e300, 1.5e-300)

TEXTS = st.sampled_from(ODD_TEXTS) | st.text(st.characters(), max_size=12)
CLEAN_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
NUMBERS = st.sampled_from(ODD_NUMBERS) | st.integers(-(2**63), 2**63) | st.floats()
FINITE = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.sampled_from(["name", "title", "id_call", "file", "password", "sipPin", "0", "1", "selected"]) | TEXTS


def nested(scalars: st.SearchStrategy[Any], names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return small trees of JSON with the given leaves."""
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
    )


ANYTHING = nested(st.none() | st.booleans() | NUMBERS | TEXTS, NAMES)
"""Whatever json.loads may return, which is more than a target can store."""

DECODED = nested(
    st.none()
    | st.booleans()
    | FINITE
    | CLEAN_TEXTS
    | st.sampled_from([text for text in ODD_TEXTS if text != "\ud800"]),
    st.sampled_from(["name", "title", "id_call", "file", "password", "sipPin", "0", "1"]) | CLEAN_TEXTS,
)
"""Whatever an answer may hold once it is decoded: numbers of 64 bits, and text that can be encoded."""


def bounded(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the decorator that runs a property over so many examples."""
    return settings(max_examples=examples)


def deep(levels: int) -> Any:
    """Return lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@st.composite
def mutated(draw: st.DrawFn, base: Any, values: st.SearchStrategy[Any] = ANYTHING) -> Any:
    """Return a document in which up to three places were replaced, removed, repeated or added."""
    # In a box, so that the whole document has a place too.
    box = [copy.deepcopy(base)]
    for _ in range(draw(st.integers(1, 3))):
        node, place = draw(st.sampled_from(list(_places(box))))
        deed = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if deed == "replace" or node is box:
            node[place] = copy.deepcopy(draw(values))
        elif deed == "remove":
            del node[place]
        elif isinstance(node, dict):
            node[draw(NAMES)] = copy.deepcopy(node[place])
        else:
            node.append(copy.deepcopy(node[place]))
    return box[0]


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every list and object within a document, with each index and name in it."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for place, inner in members:
        yield node, place
        yield from _places(inner)


@contextmanager
def file_of(content: Any) -> Iterator[str]:
    """Give the path of a file that holds bytes, or anything as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        yield str(path)


def attempt(
    deed: Callable[[], Result], kinds: type[Exception] = TapError, *, shown: Callable[[str], str] = str
) -> Result | None:
    """Return what a deed returns, None where it fails with a sentence; any other error is a bug and gets through.

    `shown` is what an error goes through before people see it.
    """
    try:
        return deed()
    except kinds as error:
        check_sentence(shown(str(error)))
        return None


def check_sentence(words: str) -> None:
    """Check that an error tells people something, and no secret."""
    text = " ".join(words.split())
    assert text
    assert len(text) < LONGEST_SENTENCE
    assert CANARY not in text
    assert "codec can't" not in text, "the sentence is Python's"

"""Signs beyond ASCII, where the terminal or file behind stderr can show them."""

import sys
from typing import NamedTuple


class Signs(NamedTuple):
    """Marks of what went well and what did not, and what separates details."""

    good: str
    bad: str
    dot: str


def signs() -> Signs:
    """Return the signs for stderr, by the encoding that Python found there before the tap took it over."""
    stderr = sys.__stderr__
    try:
        "✓✗·".encode(stderr.encoding if stderr is not None else "ascii")
    except UnicodeEncodeError:
        return Signs("OK:", "FAILED:", "-")
    return Signs("✓", "✗", "·")

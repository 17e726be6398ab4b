"""Markdown tables, and the parts of a document that a program writes."""

import re
from collections.abc import Iterable, Sequence


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = (headers, ["---"] * len(headers), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def filled(text: str, begin: str, end: str, content: str) -> str:
    """Return a document with `content` between `begin` and the next `end`; ValueError unless `begin` is there once."""
    parts = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
    if len(parts.findall(text)) != 1:
        raise ValueError(f"the document must have {begin!r} once, and {end!r} after it")
    return parts.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)

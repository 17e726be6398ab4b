"""What the pages share: cells of tables, and parts of a file between markers."""

import re
from pathlib import Path


def cell(text: str) -> str:
    """Return `text` as it may stand in a cell of a table."""
    return text.replace("|", "\\|")


def filled(path: Path, parts: dict[str, str]) -> str:
    """Return a file's text with `parts` between their markers; ValueError if a marker is missing."""
    text = path.read_text(encoding="utf-8")
    for name, content in parts.items():
        begin, end = f"<!-- {name}: written by make docs -->\n", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{path.name} must have the markers of '{name}' exactly once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}"
    return text


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")

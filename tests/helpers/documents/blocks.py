"""The documents of the repository, and the fenced blocks in them."""

import re
from pathlib import Path

from tests.helpers.harness import REPOSITORY

DOCUMENTS = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").glob("*.md"))]
DOCUMENTS += sorted((REPOSITORY / "examples").glob("*/*.md"))


def blocks(document: Path, language: str) -> list[str]:
    """Return the contents of the fenced blocks of one language, without the indentation that a list gives them."""
    text = document.read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in block.split("\n")) for indent, block in found]

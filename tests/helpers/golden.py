"""Golden files: what is expected of a run, as a file. `make golden` writes all of them anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HINT = "If this change is wanted, run make golden and read the difference"


def renewing() -> bool:
    """Tell whether golden files are to be written instead of compared, as `make golden` wants it."""
    return bool(os.environ.get("RENEW_GOLDEN"))


def check(path: Path, found: str) -> None:
    """Fail unless a text is the one in a golden file."""
    if renewing():
        path.write_text(found, encoding="utf-8")
    assert found.splitlines() == path.read_text(encoding="utf-8").splitlines(), HINT

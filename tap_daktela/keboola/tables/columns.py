"""Names of columns as the platform stores them, told apart where two would become the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["safe", "safe_names"]

# Letters that are none with an accent, and so do not decompose into one and the other.
_LETTERS = str.maketrans("łŁđĐøØ", "lLdDoO", "")

LONGEST = 64
"""Characters that a column's name may have."""

_HASH = 6
_FORBIDDEN = frozenset({"_timestamp", "timestamp_"})
# Keboola appends an underscore to them, since PostgreSQL keeps columns of these names for itself.
_SYSTEM = frozenset({"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def safe(name: str) -> str:
    """Return `name` as the platform would write it: ASCII letters, digits and `_`, none of these at either end."""
    ascii_only = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_]", "_", ascii_only).strip("_")
    if not plain:
        plain = f"column_{_hash(name)}"
    if len(plain) > LONGEST:
        plain = f"{plain[: LONGEST - _HASH - 1].rstrip('_')}_{_hash(name)}"
    return f"{plain}_{_hash(name)}" if plain.lower() in _SYSTEM | _FORBIDDEN else plain


def safe_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return the column for each of `names`; none is equal to another, or to one that is `taken`, in any case.

    Where several names want the same column, the one that is spelt exactly so has it, and the others carry a hash of
    their own spelling: what a name becomes does not depend on the order of the names.
    """
    wanted = {name: safe(name) for name in names}
    occupied = {name.lower() for name in taken}
    rivals = Counter(column.lower() for column in wanted.values())
    result = {}
    for name, column in wanted.items():
        exact = name == column == column.lower()
        free = column.lower() not in occupied
        result[name] = column if free and (exact or rivals[column.lower()] == 1) else _told_apart(name, column)
    return result


def _told_apart(name: str, column: str) -> str:
    return f"{column[: LONGEST - _HASH - 1].rstrip('_')}_{_hash(name)}"


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:_HASH]

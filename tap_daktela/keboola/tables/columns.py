"""Names of columns as the platform stores them, with a hash where two would become the same."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# Letters that do not decompose into a plain letter and an accent.
_LETTERS = str.maketrans("łŁđĐøØ", "lLdDoO", "")

LONGEST = 64
"""Characters that a column's name may have."""

_HASH = 6
_FORBIDDEN = frozenset({"_timestamp", "timestamp_"})
# PostgreSQL reserves these names, so Keboola appends an underscore to them.
_SYSTEM = frozenset({"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def safe(name: str) -> str:
    """Return `name` as the platform would write it: ASCII letters, digits and `_`, without `_` at the ends."""
    ascii_only = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_]", "_", ascii_only).strip("_")
    if not plain:
        plain = f"column_{_hash(name)}"
    return _with_hash(name, plain) if len(plain) > LONGEST or plain.lower() in _SYSTEM | _FORBIDDEN else plain


def safe_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return the column for each of `names`. No two columns are equal, ignoring case, nor equal to one of `taken`.

    If several names want the same column, the name that is spelled exactly like it gets it. The others get a hash of
    their spelling. So the result for a name does not depend on the order of the names.
    """
    wanted = {name: safe(name) for name in names}
    occupied = {name.lower() for name in taken}
    rivals = Counter(column.lower() for column in wanted.values())
    result = {}
    for name, column in wanted.items():
        exact = name == column == column.lower()
        free = column.lower() not in occupied
        result[name] = column if free and (exact or rivals[column.lower()] == 1) else _with_hash(name, column)
    return result


def _with_hash(name: str, column: str) -> str:
    return f"{column[: LONGEST - _HASH - 1].rstrip('_')}_{_hash(name)}"


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:_HASH]

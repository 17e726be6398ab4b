"""Keys in finished tables: they get the server's prefix, so that several instances fit into one project, and a hash.

Which columns hold keys follows from the declarations of the streams: the key of the stream itself, the key in each
relation, and each field that declares the endpoint whose key it holds.
"""

import hashlib
from collections.abc import Iterable, Sequence

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import NESTED

# For a new hash, OpenSSL looks up its algorithm each time, which takes as long as a short text.
_NOTHING_HASHED = hashlib.md5(usedforsecurity=False)


def identifiers(entry: Entry) -> frozenset[str]:
    """Return the columns of `entry` that hold its own key or the key of another row of the instance.

    The name of a custom field and the position of a value are parts of a row's key, but they are no keys themselves.
    """
    if entry.derived is not None:
        return frozenset(entry.key) if entry.derived.column_prefix else frozenset({entry.derived.parent_key})
    references = {
        field.columns[0].name
        for field in entry.stream.fields
        if field.columns[0].type not in NESTED and (field.to is not None or len(field.columns[0].paths[0]) > 1)
    }
    return frozenset(entry.key).union(references)


def row_id(prefix: str, values: Iterable[str], separator: str = "") -> str:
    """Return the id of a row: the MD5 of its prefixed key values, in lower-case hexadecimal digits.

    An empty value gets no prefix. The older components for Keboola make the id like this: component-ex-daktela without
    a separator, the extractor of 2018 with `-`. It must never change, because it is the key of users' tables.
    """
    return _md5(separator.join([value and prefix + value for value in values]))


def content_id(server: str, names: Sequence[str], cells: Sequence[str]) -> str:
    """Return the id of a row that has no key: the MD5 of all its filled cells, each with the name of its column.

    Empty cells do not count. So a column that is new in the table does not change the ids of old rows.
    """
    filled = (f"{len(name)}:{name}{len(cell)}:{cell}" for name, cell in sorted(zip(names, cells, strict=True)) if cell)
    return _md5(server + "".join(filled))


def _md5(text: str) -> str:
    hashed = _NOTHING_HASHED.copy()
    hashed.update(text.encode())
    return hashed.hexdigest()

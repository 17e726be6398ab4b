"""The one rule for "did you mean": which known name was probably meant by an unknown one."""

import difflib
from collections.abc import Iterable, Mapping


def nearest(name: str, known: Iterable[str], other_names: Mapping[str, str] | None = None) -> str:
    """Return the one of `known` that was probably meant by `name`, whatever its case; "" if none is near.

    `other_names` maps names that others use, in lower case, to what they are called here. They come first.
    """
    if other_names and name.lower() in other_names:
        return other_names[name.lower()]
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_lower, 1)
    return by_lower[near[0]] if near else ""


def hint(name: str, known: Iterable[str], other_names: Mapping[str, str] | None = None) -> str:
    """Return the end of an error about the unknown `name`; "" if no known name is near. Parameters as in `nearest`."""
    near = nearest(name, known, other_names)
    return f"; the nearest is '{near}'" if near else ""

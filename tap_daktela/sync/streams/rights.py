"""What to say where the user has no right: to a stream, or to related rows, whose keys the instance then leaves out.

Daktela V6 API: rights follow the role of the user. A related row that the user may not read comes with its title, and
without its key.
"""

from collections.abc import Iterable

from tap_daktela.catalog.fields import Stream
from tap_daktela.errors import AccessError, TapError


def named_as_stream(sentence: str, stream: Stream) -> str:
    """Return a `sentence` that begins with a name of the endpoint so that it begins with the name of its `stream`."""
    for endpoint in stream.endpoints:
        for beginning in (f"{endpoint}:", f"GET {endpoint}:"):
            if sentence.startswith(beginning):
                return f"{stream.name}:{sentence.removeprefix(beginning)}"
    return sentence


def refused_remedy(failures: Iterable[TapError | None], on_denied: str | None) -> str:
    """Return how to mend `failures` of streams, as the end of their sentence; empty if the instance refused none."""
    if not any(isinstance(failure, AccessError) for failure in failures):
        return ""
    skip = ", or set on_denied to skip" if on_denied is None else ""
    return f". Where a stream may not be read: ask for the right, {'' if skip else 'or '}deselect it{skip}"


def missing_key(stream: Stream, title: str) -> str:
    """Return the sentence about a relation, named by its dotted `title`, whose key came in no row of a page."""
    field = next(field for field in stream.fields if field.api == title.partition(".")[0])
    key_column, title_column = field.columns
    what = f"{key_column.name} is empty in all rows of a page, although {title_column.name} is not"
    return f"{stream.name}: {what}. {_cause(field.to)}"


def missing_elements(stream: Stream, list_field: str) -> str:
    """Return the sentence about elements of a list that came without their key, as the rest of a sentence."""
    field = next(field for field in stream.fields if field.api == list_field)
    return f"list elements came without their key and were left out. {_cause(field.to)}"


def _cause(endpoint: str | None) -> str:
    """Return why keys of the rows of `endpoint` may not come, and how to mend that."""
    target = f"the right to read '{endpoint}'" if endpoint else "the right to read what it names"
    return (
        f"Daktela leaves keys out where the user lacks {target}: "
        "a Daktela administrator can add it to the role of the user; then read these rows again"
    )

"""The names by which a user may ask for a stream."""

from collections.abc import Iterable, Mapping

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import snake
from tap_daktela.nearest import hint

OLDER_NAMES = {
    "activities_chat": "activities_web",
    "calls": "activities_call",
    "campaigns": "campaigns_types",
    "categories": "tickets_categories",
    "chats": "activities_web",
    "emails": "activities_email",
    "files": "activities_attachments",
    "records": "campaigns_records",
    "schedules": "timegroups",
    "sms": "activities_sms",
}
"""Tables of the older extractors, in snake_case, and the streams that hold their rows."""


def stream_named(name: str, known: Mapping[str, Entry]) -> str | None:
    """Return the stream that is called `name`: by its own name, or by a name that Daktela has or had for its endpoint.

    None if there is none, or if it is not among the `known`.
    """
    if name in known:
        return name
    return next(
        (one for one, entry in known.items() if entry.derived is None and name in entry.stream.endpoints),
        None,
    )


def unknown_stream(name: str, known: Iterable[str]) -> str:
    """Return the sentence about a name that no stream has, with the stream that was probably meant."""
    if any(mark in name for mark in " ;|"):
        return f"'{name}' is no name of a stream; between names there are commas"
    return f"there is no stream '{name}'{hint(snake(name), known, OLDER_NAMES)}"

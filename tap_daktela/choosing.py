"""What a run is to read: the catalog, narrowed by the settings `streams` and `select`, or the default streams."""

import logging
from collections.abc import Mapping
from typing import Any

from tap_daktela.catalog import filter_fields, selection
from tap_daktela.catalog.entries import Entry, Selected, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.patterns import parsed, refuse_unknown
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError
from tap_daktela.nearest import hint
from tap_daktela.settings import Settings

LOGGER = logging.getLogger(__name__)


def known_streams(settings: Settings) -> dict[str, Entry]:
    """Return every stream; ConfigError if a filter is for one that does not exist, or names a column."""
    streams = with_extra(STREAMS, settings.extra_streams)
    by_name = {stream.name: stream for stream in streams}
    problems = []
    for name, wanted in settings.filters.items():
        stream = by_name.get(name)
        if stream is None:
            problems.append(f"filters: there is no stream '{name}' that is read by itself{hint(name, by_name)}")
            continue
        mistakes = filter_fields.mistakes(wanted, stream)
        problems += [f"filters of {name}: {mistake}" for mistake in mistakes]
        for doubt in [] if mistakes else filter_fields.doubts(wanted, stream):
            LOGGER.warning("filters of %s: %s", name, doubt)
    if problems:
        raise ConfigError(*problems)
    return entries(streams)


def chosen_streams(
    settings: Settings, known: Mapping[str, Entry], catalog: Mapping[str, Any] | None
) -> list[Selected] | None:
    """Return what is read: what a catalog selects, and of that what the settings `streams` and `select` choose.

    None if nobody names a stream: `default_streams` are meant then. ConfigError if nothing is left.
    """
    patterns = parsed(settings.select, known)
    refuse_unknown(patterns, known)
    if catalog is not None:
        base, ignored = selection.from_catalog(catalog, known)
        for what, names in (("streams", ignored.streams), ("fields", ignored.fields)):
            if names:
                LOGGER.warning("The catalog selects %s that the tap does not have: %s", what, ", ".join(names))
        if ignored.streams and not base:
            raise ConfigError("catalog: it is another tap's, or older than its streams; make a new one with --discover")
        for sentence in ignored.overrides:
            LOGGER.warning("The catalog has what the tap does not do. %s", sentence)
    elif all(pattern.excludes for pattern in patterns):
        if settings.streams is None:
            default_streams(settings, known)  # Raises before anybody is asked.
            return None
        base = selection.by_default(known, settings.streams)
    else:
        base = selection.everything(known)
    if settings.streams is not None:
        base = selection.only(base, selection.named(settings.streams, known))
    return _not_empty(selection.narrowed(base, patterns))


def default_streams(settings: Settings, known: Mapping[str, Entry]) -> list[Selected]:
    """Return the default streams of the `known`, without what `select` leaves out; ConfigError if that is nothing."""
    return _not_empty(selection.narrowed(selection.by_default(known, None), parsed(settings.select, known)))


def _not_empty(chosen: list[Selected]) -> list[Selected]:
    if not chosen:
        raise ConfigError("nothing is selected: see the catalog, and the settings streams and select")
    return chosen

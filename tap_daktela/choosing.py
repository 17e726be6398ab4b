"""What a run reads: what the catalog and the settings `streams` and `select` choose, of what the user may read."""

import logging
from collections.abc import Mapping
from typing import Any

from tap_daktela import probing
from tap_daktela.catalog import filter_fields, selection
from tap_daktela.catalog.entries import Entry, Selected, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.patterns import parsed, refuse_unknown
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.daktela.client import Client
from tap_daktela.errors import ConfigError
from tap_daktela.nearest import hint
from tap_daktela.settings import Settings
from tap_daktela.units.unit import Unit

LOGGER = logging.getLogger(__name__)


def known_streams(settings: Settings) -> dict[str, Entry]:
    """Return every stream; ConfigError if a filter is for one that does not exist, or names a column."""
    streams = with_extra(ALL_STREAMS, settings.extra_streams)
    by_name = {stream.name: stream for stream in streams if not stream.ledger}
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


def skips_refused(settings: Settings, chosen: list[Selected] | None) -> bool:
    """Tell whether a run skips what the user may not read, and does not fail. `chosen` is as in `chosen_streams`."""
    return settings.on_denied == "skip" or (settings.on_denied is None and chosen is None)


def allowed(
    client: Client,
    settings: Settings,
    chosen: list[Selected] | None,
    known: Mapping[str, Entry],
    unit: Unit | None = None,
) -> tuple[list[Selected], dict[str, str]]:
    """Return what is read of what is `chosen`, or of the default streams, as `on_denied` says.

    Also return the streams that are skipped, each with the reason. AccessError if all of it would be skipped. Of a
    `unit`, only its own streams are read, and none is skipped unless `on_denied` says so. The ledger stays.
    """
    wanted = default_streams(settings, known) if chosen is None else chosen
    skips = skips_refused(settings, chosen)
    if unit is not None:
        _, ledger = selection.parted(wanted)
        wanted = selection.only(wanted, {*unit.streams, *(one.entry.name for one in ledger)})
        skips = settings.on_denied == "skip"
    if chosen is not None and not skips:
        return wanted, {}
    found = probing.probed(
        client,
        {one.entry.name: one.entry for one in wanted},
        known,
        probing.any_row if chosen is not None else probing.samples_for(wanted),
    )
    if chosen is None:
        again = selection.by_default(found, list(found))  # With the custom fields of the instance.
        wanted = selection.narrowed(again, parsed(settings.select, known))
    if not skips:
        return wanted, {}
    tell_refused(found, "Left out")
    refused = {name: entry.refusal for name, entry in found.items() if entry.refusal is not None}
    return [one for one in wanted if one.entry.name not in refused], refused


def tell_refused(found: Mapping[str, Entry], what: str) -> None:
    """Warn of the entries that the instance refuses; `what` says what becomes of them."""
    names: dict[str, list[str]] = {}
    for entry in found.values():
        if entry.refusal is not None:
            names.setdefault(entry.refusal, []).append(entry.name)
    for refusal, refused in names.items():
        LOGGER.warning("%s: %s. %s", what, ", ".join(refused), refusal)


def selected_in(
    unit: Unit, source: str, settings: Settings, known: Mapping[str, Entry], chosen: list[Selected] | None
) -> dict[str, Entry]:
    """Return the entries of what is read in `unit`, which `source` names; `chosen` is what `chosen_streams` returns.

    ConfigError if the unit is another instance's, or has streams that are not chosen.
    """
    selected = {one.entry.name: one.entry for one in (default_streams(settings, known) if chosen is None else chosen)}
    problems = []
    if unit.url != settings.base_url:
        problems.append(f"{source}: the unit is for {unit.url}, and the configuration for {settings.base_url}")
    remedy = "select it as for the plan (by the same --catalog, or --streams), or plan again"
    problems += [
        f"{source}: its stream '{name}' is not selected; {remedy}" for name in unit.streams if name not in selected
    ]
    if problems:
        raise ConfigError(*problems)
    return {name: selected[name] for name in unit.streams}


def _not_empty(chosen: list[Selected]) -> list[Selected]:
    if not chosen:
        raise ConfigError("nothing is selected: see the catalog, and the settings streams and select")
    read, ledger = selection.parted(chosen)
    if not read:
        name = ledger[0].entry.name
        raise ConfigError(f"only '{name}' is selected, which tells what was read of other streams: select some")
    return chosen

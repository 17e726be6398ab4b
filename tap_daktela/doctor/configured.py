"""The checks that need no instance: settings, and what they select."""

import os
import stat
from collections.abc import Iterable, Mapping
from typing import Any

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.choosing import chosen_streams, default_streams, known_streams, skips_refused
from tap_daktela.doctor.checklist import Checklist
from tap_daktela.errors import ConfigError
from tap_daktela.runtime.files import read_catalog
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import settings_of, strange_names
from tap_daktela.settings.sources import settings_without_start

_OF_THE_RUN = {"start_date", "end_date", "streams", "select", "filters", "extra_streams"}


def usable_settings(raw: Mapping[str, Any], variables: Mapping[str, str], checklist: Checklist) -> Settings | None:
    """Return the settings, without those that are wrong; None if they do not lead to an instance."""
    given = {name: value for name, value in raw.items() if value not in (None, "")}
    try:
        settings = Settings.parse(raw, variables)
    except ConfigError as error:
        for problem in error.problems:
            checklist.wrong("settings", problem)
        return _leading(given, variables)
    strange = strange_names(given, settings_of(Settings))
    if strange:
        checklist.odd("settings", f"ignored, since no setting has such a name: {', '.join(strange)}")
    if settings.url and settings.server and settings.url != f"https://{settings.server}.daktela.com":
        checklist.odd("settings", "url and server name two instances, and url counts: leave out server")
    checklist.ok("settings", f"{len(given) - len(strange)} settings can be used")
    return settings


def _leading(given: Mapping[str, Any], variables: Mapping[str, str]) -> Settings | None:
    """Return those settings that lead to the instance, as far as each is right by itself."""
    right = {}
    for one in settings_of(Settings):
        if one.key in given and one.key not in _OF_THE_RUN:
            try:
                one.type.read(given[one.key])
            except ValueError:
                continue  # The checklist has it already.
            right[one.key] = given[one.key]
    try:
        return settings_without_start(right, variables)
    except ConfigError:
        return None


def tell_open_files(paths: Iterable[str], settings: Settings, checklist: Checklist) -> None:
    """Tell of the files among `paths` that other users of this machine may read, if the settings hold a secret."""
    if not (settings.access_token or settings.password):
        return
    for path in paths:
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - paths are text here
        except OSError:
            continue  # It is the environment.
        if stat.S_ISREG(mode) and mode & (stat.S_IRGRP | stat.S_IROTH):
            checklist.odd("settings", f"other users of this machine may read the secret in {path}: chmod 600 {path}")


def selection(
    settings: Settings, catalog_path: str | None, checklist: Checklist
) -> tuple[list[Selected], dict[str, Entry], bool]:
    """Return what is selected (the default streams if that is wrong), all streams, and if a run skips refused ones."""
    named = None
    try:
        known = known_streams(settings)
        catalog = read_catalog(catalog_path) if catalog_path else None
        named = chosen_streams(settings, known, catalog)
        chosen = default_streams(settings, known) if named is None else named
    except ConfigError as error:
        for problem in error.problems:
            checklist.wrong("selection", problem)
        plain = settings_without_start({"server": "nobody", "access_token": "none"}, {})
        known = known_streams(plain)
        chosen = default_streams(plain, known)
        checklist.skipped("selection", f"the {len(chosen)} default streams are checked instead")
    else:
        how = "by default" if named is None else "by catalog, streams and select"
        checklist.ok("selection", f"{len(chosen)} streams, {how}")
    return chosen, known, skips_refused(settings, named)

"""Where settings come from: files, the environment and options of the command line, and which of them counts."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from tap_daktela.errors import ConfigError
from tap_daktela.redaction import redactor
from tap_daktela.runtime.files import read_json
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import settings_of
from tap_daktela.settings.environment import read_environment

ENVIRONMENT = "ENV"
"""The name of the environment in place of a file. A file of that name is `./ENV`."""

ANY_DATE = "2000-01-01"
"""A catalog and a list need no start_date, but the settings do."""

DOTENV = ".env"
"""The file in the current folder that belongs to the environment."""


def read_config(sources: Iterable[str], options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the settings of all files, of the environment where it is among them, and of the options, by key.

    Of two values for one setting the later source counts, and an option before all of them. The second result names the
    environment variable of each setting that comes from one. Every secret is hidden from now on.
    """
    settings: dict[str, Any] = {}
    variables: dict[str, str] = {}
    for source in sources:
        values, names = read_environment(os.environ, DOTENV) if source == ENVIRONMENT else (_in_file(source), {})
        for one in settings_of(Settings):
            if one.secret:
                redactor.add(str(values.get(one.key) or ""))
        variables = {key: name for key, name in variables.items() if key not in values} | names
        settings |= values
    return {**settings, **options}, {key: name for key, name in variables.items() if key not in options}


def settings_without_start(raw: Mapping[str, Any], variables: Mapping[str, str]) -> Settings:
    """Return the settings of a command that reads no rows and so needs no `start_date`; see `Settings.parse`."""
    return Settings.parse(raw if raw.get("start_date") else {**raw, "start_date": ANY_DATE}, variables)


def _in_file(path: str) -> dict[str, Any]:
    if path.upper() == ENVIRONMENT and not os.path.exists(path):  # noqa: PTH110 - as it is read
        raise ConfigError(f"config: there is no file {path}; the environment is meant by {ENVIRONMENT}, in capitals")
    content = read_json(path, "config")
    if not isinstance(content, dict):
        raise ConfigError(f"config: {path} does not hold a JSON object")
    if "bookmarks" in content:
        raise ConfigError(f"config: {path} is a state: hand it over with --state, and the settings with --config")
    if {"id", "since"} <= content.keys():
        raise ConfigError(
            f"config: {path} is a unit of a plan: hand it over with --unit, and the settings with --config"
        )
    if isinstance(content.get("streams"), list) and any(isinstance(one, dict) for one in content["streams"]):
        raise ConfigError(f"config: {path} is a catalog: hand it over with --catalog, and the settings with --config")
    return content

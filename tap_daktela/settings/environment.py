"""Settings from the environment, for `--config ENV`: `TAP_DAKTELA_PAGE_SIZE`, or `TAP_DAKTELA_PASSWORD_FILE`."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tap_daktela.errors import ConfigError
from tap_daktela.logs import FORMAT_VARIABLE, LEVEL_VARIABLES, METRICS_VARIABLE
from tap_daktela.nearest import nearest
from tap_daktela.runtime.files import parse_json
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import Setting, settings_of
from tap_daktela.settings.dotenv_file import read_dotenv

LOGGER = logging.getLogger(__name__)

PREFIX = "TAP_DAKTELA_"

MOST_BYTES = 65_536
"""Bytes of a file with a secret. No password and no token has as many."""

_FILE = "_FILE"
_OF_THE_LOG = {*LEVEL_VARIABLES, FORMAT_VARIABLE, METRICS_VARIABLE}


def read_environment(process: Mapping[str, str], dotenv: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the settings in the variables of the `process` and of the file `dotenv`, and the variable of each, by key.

    Of a setting that both have, the process's variable counts. An empty variable is not set. ConfigError with all
    variables that cannot be read; it holds no value of them.
    """
    in_file = read_dotenv(dotenv, process, PREFIX)
    _tell_unknown({*process, *in_file})
    for name in sorted(_OF_THE_LOG.intersection(in_file)):
        LOGGER.warning("%s: %s has no effect there; set it in the environment itself", dotenv, name)
    values: dict[str, Any] = {}
    variables: dict[str, str] = {}
    problems = []
    for one in settings_of(Settings):
        place = process if any(map(process.get, _names(one))) else in_file
        given = [name for name in _names(one) if place.get(name)]
        if len(given) > 1:
            problems.append(f"{' and '.join(given)} are one setting; leave out one of them")
        for name in given:
            variables[one.key] = name
            try:
                values[one.key] = _value(one, name, place[name])
            except ValueError as error:
                problems.append(f"{name} {error}")
    if problems:
        raise ConfigError(*problems)
    if variables:
        shown = (name if process.get(name) else f"{name} (.env)" for name in variables.values())
        LOGGER.info("Settings from the environment: %s", ", ".join(shown))
    return values, variables


def _names(one: Setting) -> tuple[str, ...]:
    """Return the variables of a setting. The content of a secret can also be in a file, which the second one names."""
    name = f"{PREFIX}{one.key.upper()}"
    return (name, f"{name}{_FILE}") if one.secret else (name,)


def _tell_unknown(given: Iterable[str]) -> None:
    """Log the variables that look like ours and mean nothing. Behind two underscores Meltano keeps its own."""
    known = [name for one in settings_of(Settings) for name in _names(one)]
    unknown = [
        name
        for name in sorted(set(given).difference(known, _OF_THE_LOG))
        if name.upper().startswith(PREFIX) and not name.upper().startswith(f"{PREFIX}_")
    ]
    if unknown:
        # The beginning, which all have, would make them all near to each other.
        short = {name.removeprefix(PREFIX): name for name in known}
        near = {name: short.get(nearest(name[len(PREFIX) :], short)) for name in unknown}
        names = ", ".join(f"{name} ({meant}?)" if meant else name for name, meant in near.items())
        LOGGER.warning("The environment has variables that mean nothing to the tap: %s", names)


def _value(one: Setting, name: str, text: str) -> Any:
    """Return the value in a variable as a file of settings would have it; ValueError if it cannot be read."""
    if name != _names(one)[0]:
        return _content(text)
    try:
        # Where the locale knows only ASCII, Python has not decoded the other bytes.
        text = text.encode(errors="surrogateescape").decode()
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    kinds = one.type.schema["type"]
    if kinds in ("array", "object") or ("array" in kinds and text.lstrip().startswith("[")):
        return parse_json(text)
    return text


def _content(path: str) -> str:
    """Return the secret in a file, without its last line end. Errors never repeat the path: it may be the secret."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"names a file that cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"names a file of more than {MOST_BYTES} bytes, which is no password and no token")
    try:
        secret = content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError("names a file that is not text in UTF-8") from None
    if not secret:
        raise ValueError("names an empty file")
    return secret

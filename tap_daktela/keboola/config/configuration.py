"""config.json, as the platform writes it: on its way through PHP an empty object may have become an empty list."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_daktela.errors import UserError
from tap_daktela.runtime.files import parse_json


@dataclass(frozen=True)
class Configuration:
    """The parts of config.json that the component needs: the action, and the raw parameters."""

    action: str
    parameters: dict[str, Any]


def read_configuration(folder: Path) -> Configuration:
    """Return the configuration in a data folder; UserError says what is wrong with the file."""
    try:
        text = (folder / "config.json").read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(
            f"config.json cannot be read in {folder} ({error.strerror}); KBC_DATADIR names its folder"
        ) from error
    except UnicodeDecodeError as error:
        raise UserError("config.json is not text in UTF-8") from error
    try:
        content = parse_json(text)
    except ValueError as error:
        raise UserError(f"config.json {error}") from error
    if not isinstance(content, dict):
        raise UserError("config.json does not hold an object")
    parameters = content.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise UserError("parameters must be an object")
    return Configuration(str(content.get("action") or "run"), parameters)

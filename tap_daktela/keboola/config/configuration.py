"""config.json, as the platform writes it: on its way through PHP an empty object may have become an empty list."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tap_daktela.errors import UserError
from tap_daktela.runtime.files import parse_json


@dataclass(frozen=True)
class Configuration:
    """The parts of config.json that the component needs: the action, the raw parameters, and `image_parameters.fields`.

    `image_parameters` are those that the vendor sets for a component. `secrets` are the values that the platform
    encrypts, wherever in the parameters they stand.
    """

    action: str
    parameters: dict[str, Any] = field(repr=False)
    image_fields: object = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


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
    image = content.get("image_parameters")
    image_fields = image.get("fields") if isinstance(image, dict) else None
    return Configuration(str(content.get("action") or "run"), parameters, image_fields, tuple(_encrypted(parameters)))


def _encrypted(parameters: Mapping[str, object]) -> Iterator[str]:
    """Yield the values that the platform encrypts: those whose name begins with `#`."""
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _encrypted(value)
        elif key.startswith("#") and not _is_empty(value):
            yield str(value)


def by_name(raw: Mapping[str, object], objects: Collection[str]) -> tuple[dict[str, object], list[str]]:
    """Return the parameters that are filled in, by name, and what is wrong with the `objects` among them.

    What is within one of the objects is named like `advanced.page_size`.
    """
    found: dict[str, object] = {}
    wrong = []
    for key, value in raw.items():
        if key in objects and isinstance(value, Mapping):
            found |= {f"{key}.{inner}": one for inner, one in value.items()}
        elif key in objects and not _is_empty(value):
            wrong.append(f"{key} must be an object: {{...}}")
        else:
            found[key] = value
    return {key: value for key, value in found.items() if not _is_empty(value)}, wrong


def _is_empty(value: object) -> bool:
    """Return whether a field of the form was left alone."""
    return value in (None, "", [], {})

"""The tap as a plugin of Meltano: its definition, made from the declarations of settings and streams, and as YAML."""

import math
from collections.abc import Mapping
from importlib.metadata import metadata
from itertools import chain, product
from textwrap import indent
from typing import Any

from tap_daktela.catalog.entries import Entry
from tap_daktela.settings import Settings, as_json_schema
from tap_daktela.settings.declared import Setting, settings_of
from tap_daktela.settings.types import CERTIFICATES

CAPABILITIES = (
    "catalog",
    "properties",
    "discover",
    "state",
    "about",
    "test",
    "activate-version",
    "structured-logging",
)
DESCRIPTION = "Singer tap for the Daktela V6 contact-centre API"

SELECTED_BY_MELTANO = ("streams", "select")
"""Settings that are no settings of the plugin: Meltano selects by a catalog, from the `select` of the plugin."""

_ABBREVIATIONS = ("ca", "json", "ssl", "url", "utc")


def extractor(known: Mapping[str, Entry]) -> str:
    """Return the definition of this tap, for a project of Meltano: to be pasted below `extractors:`, as it is."""
    # Such as `Source, https://github.com/somebody/tap-daktela`, as setup.py has it.
    addresses = dict(url.split(", ") for url in metadata("tap-daktela").get_all("Project-URL") or ())
    return indent(as_yaml([published(known, addresses["Source"])]), "  ")


def published(known: Mapping[str, Entry], repository: str) -> dict[str, Any]:
    """Return the definition of the tap in its `repository`, the address of a project of somebody at GitHub."""
    return {
        "name": "tap-daktela",
        "variant": repository.split("/")[-2].lower(),
        "repo": repository,
        "docs": f"{repository}/blob/main/docs/meltano.md",
        "pip_url": f"git+{repository}.git",
        **definition(known),
    }


def definition(known: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the definition: settings, capabilities, and the `select` of the default streams and columns."""
    return {
        "name": "tap-daktela",
        "namespace": "tap_daktela",
        "label": "Daktela",
        "description": DESCRIPTION,
        "executable": "tap-daktela",
        "capabilities": list(CAPABILITIES),
        "settings_group_validation": _groups(),
        "settings": [_setting(one) for one in settings_of(Settings) if one.key not in SELECTED_BY_MELTANO],
        "select": patterns(known),
    }


def patterns(known: Mapping[str, Entry]) -> list[str]:
    """Return what selects the default streams and columns; Meltano's own `*.*` would select all there are.

    In Meltano, what is excluded stays so, whatever else selects it.
    """
    excluded = []
    for name, entry in known.items():
        if entry.selected:
            off = [one.name for one in entry.columns if not one.selected and one.name not in entry.automatic]
            excluded += [f"!{name}.{column}" for column in off]
        else:
            excluded.append(f"!{name}.*")
    return ["*.*", *excluded]


def _groups() -> list[list[str]]:
    """Return every sufficient set of settings."""
    schema = as_json_schema()
    choices = [[one["required"] for one in choice["anyOf"]] for choice in schema["allOf"]]
    return [[*chain.from_iterable(chosen), *schema["required"]] for chosen in product(*choices)]


def _setting(one: Setting) -> dict[str, Any]:
    """Return one setting. It has no value: where the user sets none, the tap's default counts."""
    default = "" if one.required or not one.default_text else f" Default: {one.default_text}."
    result: dict[str, Any] = {
        "name": one.key,
        "label": _label(one.key),
        "kind": _kind(one),
        "description": f"{one.help}{default}",
    }
    if one.example is not None:
        result["placeholder"] = one.example
    if one.secret:
        result["sensitive"] = True
    if words := one.type.schema.get("enum"):
        result["options"] = [{"label": _label(word), "value": word} for word in words]
    return result


def _kind(one: Setting) -> str:
    schema = one.type.schema
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if "enum" in schema:
        return "options"
    if one.type is CERTIFICATES:
        return "file"
    # Not `date_iso8601`: Meltano 4.4 makes some date of nearly any text, such as 1 May of 05.01.2025.
    # Not `decimal`: it cannot write such a value from the environment into a configuration.
    return next((kind for kind in types if kind in {"array", "boolean", "integer", "object"}), "string")


def _label(key: str) -> str:
    first, *others = (word.upper() if word in _ABBREVIATIONS else word for word in key.split("_"))
    return " ".join([first[:1].upper() + first[1:], *others])


def as_yaml(value: Any) -> str:
    """Return objects, lists, text, numbers and booleans as YAML."""
    import yaml  # noqa: PLC0415 - no run that reads should wait for it

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=math.inf))

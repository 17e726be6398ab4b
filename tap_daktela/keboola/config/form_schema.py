"""The forms of Keboola's user interface and the table of the documentation, made from the parameters."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from tap_daktela.keboola.config.parameters import CONFIG, ROW, Parameters

__all__ = ["as_markdown_table", "configuration_form", "row_form"]

Schema = dict[str, Any]


def configuration_form() -> Schema:
    """Return configSchema.json: the form of a whole configuration, and of what its rows have in common."""
    buttons = {
        "#access_token": ("test_connection", _button("Test connection", "testConnection", "test-connection")),
        "to": ("preview_window", _button("Show the period", "previewWindow", "sync-action")),
    }
    return _form(CONFIG, "Daktela", buttons)


def row_form() -> Schema:
    """Return configRowSchema.json: the form of a row, which is one table."""
    buttons = {"to": ("preview_window", _button("Show the period", "previewWindow", "sync-action"))}
    return _form(ROW, "Table", buttons)


def as_markdown_table() -> str:
    """Return the table of the parameters for the documentation, ending in a line break."""
    lines = ["| Parameter | Default | Description |", "|---|---|---|"]
    for field in dataclasses.fields(Parameters):
        about = field.metadata
        default = about["ui"].get("default", field.default)
        shown = "**required**" if about["required"] else "" if default in (None, ()) else f"`{_text(default)}`"
        where = " *(row)*" if about["forms"] == (ROW,) else ""
        lines.append(f"| `{about['key'] or field.name}`{where} | {shown} | {about['help']}{_words(field)} |")
    return "\n".join(lines) + "\n"


def _form(form: str, title: str, buttons: dict[str, tuple[str, Schema]]) -> Schema:
    """Return the form of what is asked for in `form`; `buttons` stand behind the fields that they are named after."""
    fields = {
        field.metadata["key"] or field.name: field
        for field in dataclasses.fields(Parameters)
        if form in field.metadata["forms"]
    }
    properties: dict[str, Schema] = {}
    for key, field in fields.items():
        properties[key] = _property(field)
        if key in buttons:
            name, button = buttons[key]
            properties[name] = button
    return {
        "type": "object",
        "title": title,
        "required": [key for key, field in fields.items() if field.metadata["required"] or key == "table"],
        "properties": {
            key: {**schema, "propertyOrder": order} for order, (key, schema) in enumerate(properties.items(), 1)
        },
    }


def _property(field: dataclasses.Field[Any]) -> Schema:
    about = field.metadata
    schema = {"title": about["title"], "description": about["help"], **about["kind"].schema, **about["ui"]}
    if "default" not in schema and isinstance(field.default, (bool, int, float, str)):
        schema["default"] = field.default
    return schema


def _button(title: str, action: str, kind: str) -> Schema:
    label = {"async": {"label": title, "action": action}}
    return {"type": "button", "title": title, "format": kind, "options": label}


def _words(field: dataclasses.Field[Any]) -> str:
    """Return the words that a parameter may be."""
    words = field.metadata["kind"].schema.get("enum")
    return f" ({', '.join(f'`{word}`' for word in words)})" if words else ""


def _text(default: object) -> str:
    return default if isinstance(default, str) else json.dumps(default)

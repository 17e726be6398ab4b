"""The forms of Keboola's user interface and the table of the documentation, made from the parameters."""

from typing import Any

from tap_daktela.keboola.config.parameters import CONFIG, ROW, Parameters
from tap_daktela.settings import declared
from tap_daktela.settings.declared import Setting, settings_of

Schema = dict[str, Any]


def configuration_form() -> Schema:
    """Return configSchema.json: the form of a whole configuration, and of what its rows have in common."""
    return _form(CONFIG, "Daktela")


def row_form() -> Schema:
    """Return configRowSchema.json: the form of a row, which is one table."""
    return _form(ROW, "Table")


def markdown_table() -> str:
    """Return the table of the parameters for the documentation, ending in a line break."""
    return declared.markdown_table(Parameters, "Parameter", lambda one: " *(row)*" if one.form.forms == (ROW,) else "")


def _form(form: str, title: str) -> Schema:
    fields = [one for one in settings_of(Parameters) if form in one.form.forms]
    properties: dict[str, Schema] = {}
    for one in fields:
        properties[one.key] = _field(one)
        if one.key == "#access_token":
            properties["test_connection"] = _button("Test connection", "testConnection", "test-connection")
        elif one.key == "to":
            properties["preview_window"] = _button("Show the period", "previewWindow", "sync-action")
    return {
        "type": "object",
        "title": title,
        "required": [one.key for one in fields if one.required or one.key == "table"],
        "properties": {
            key: {**schema, "propertyOrder": order} for order, (key, schema) in enumerate(properties.items(), 1)
        },
    }


def _field(setting: Setting) -> Schema:
    schema = {"title": setting.form.title, "description": setting.help, **setting.type.schema}
    if setting.secret:
        schema["format"] = "password"
    if "default" not in schema and isinstance(setting.default, (bool, int, float, str)):
        schema["default"] = setting.default
    return schema


def _button(title: str, action: str, kind: str) -> Schema:
    label = {"async": {"label": title, "action": action}}
    return {"type": "button", "title": title, "format": kind, "options": label}

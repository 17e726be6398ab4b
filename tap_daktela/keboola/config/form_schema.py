"""The forms of Keboola's user interface and the table of the documentation, made from the parameters."""

from typing import Any

from tap_daktela.keboola.config.form_fields import ADVANCED, CONFIG, ROW
from tap_daktela.keboola.config.parameters import Parameters
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
    return declared.markdown_table(Parameters, "Parameter", _note)


def _note(setting: Setting) -> str:
    if setting.form.forms == (ROW,):
        return " *(row)*"
    return f" *({setting.group})*" if setting.group else ""


def _form(form: str, title: str) -> Schema:
    fields = [one for one in settings_of(Parameters) if form in one.form.forms]
    properties: dict[str, Schema] = {}
    for one in fields:
        if one.group:
            continue
        properties[one.key] = _field(one)
        if one.key == "#password":
            properties["test_connection"] = _button("Test connection", "testConnection", "test-connection")
        elif one.key == "to":
            properties["preview_window"] = _button("Show the period", "previewWindow", "sync-action")
    if rare := {one.key: _field(one) for one in fields if one.group == ADVANCED}:
        properties[ADVANCED] = {**_object("Advanced", rare, []), "options": {"collapsed": True}}
    return _object(title, properties, [one.key for one in fields if one.required or one.key == "table"])


def _object(title: str, properties: dict[str, Schema], required: list[str]) -> Schema:
    ordered = {key: {**schema, "propertyOrder": order} for order, (key, schema) in enumerate(properties.items(), 1)}
    return {"type": "object", "title": title, "required": required, "properties": ordered}


def _field(setting: Setting) -> Schema:
    schema = {"title": setting.form.title, "description": setting.help, **setting.type.schema}
    if setting.form.shown_for:
        schema["options"] = {**schema.get("options", {}), "dependencies": dict(setting.form.shown_for)}
    if setting.secret:
        schema["format"] = "password"
    if "default" not in schema and isinstance(setting.default, (bool, int, float, str)):
        schema["default"] = setting.default
    return schema


def _button(title: str, action: str, kind: str) -> Schema:
    label = {"async": {"label": title, "action": action}}
    return {"type": "button", "title": title, "format": kind, "options": label}

"""component_config against the code: every field of a form is read, every parameter has a field."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.component import ACTIONS
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.config.types import TableOptions
from tap_daktela.settings.declared import settings_of
from tests.helpers.harness import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = REPOSITORY / "component_config"
FORMS = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in ("configSchema", "configRowSchema")}
PARAMETERS = {one.key: one for one in settings_of(Parameters)}
LOGIN = {"#access_token": "abc", "username": "u", "#password": "p"}
MINIMUM = {"server": "acme", **LOGIN, "from": "-7", "tables": "tickets"}

each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and all objects within it."""
    if schema.get("type") == "object":
        yield schema
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    for one in inner:
        yield from objects(one)


def fields(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of a form, with those of its group and without its buttons."""
    own = form["properties"] | form["properties"].get("advanced", {"properties": {}})["properties"]
    return {key: schema for key, schema in own.items() if schema["type"] not in {"button", "object"}}


def test_every_field_is_a_parameter_and_every_parameter_has_a_field() -> None:
    assert {key for form in FORMS.values() for key in fields(form)} == set(PARAMETERS)
    [options] = [schema for schema in objects(FORMS["configSchema"]) if schema["title"] == "Table"]
    assert set(options["properties"]) == {field.name for field in dataclasses.fields(TableOptions)}


def test_a_row_chooses_its_own_format() -> None:
    assert FORMS["configSchema"]["properties"]["output_format"]["enum"] == ["table", "extractor", "revolt", "json"]
    # Under a name of its own: the platform merges a row over its configuration, with every default of the row's form.
    own = FORMS["configRowSchema"]["properties"]["row_output_format"]
    assert (own["enum"], own["default"]) == (["configuration", "table", "extractor", "revolt", "json"], "configuration")


def test_what_belongs_to_a_row_stands_there_and_the_rest_in_the_configuration() -> None:
    assert list(fields(FORMS["configRowSchema"])) == [
        "table", "fields", "filter", "from", "to", "continue_since_last_run", "incremental", "row_output_format",
    ]  # fmt: skip
    configuration = set(fields(FORMS["configSchema"]))
    assert set(fields(FORMS["configRowSchema"])) & configuration == {
        "from", "to", "continue_since_last_run", "incremental",
    }, "only what a configuration without rows needs as well"  # fmt: skip


def test_what_few_change_is_in_a_collapsed_group() -> None:
    group = FORMS["configSchema"]["properties"]["advanced"]
    assert (group["title"], group["options"]) == ("Advanced", {"collapsed": True})
    assert list(group["properties"]) == [
        "verify_ssl", "ca_bundle", "page_size", "concurrency", "backend", "settle_minutes", "lookback_days", "timezone",
        "debug",
    ]  # fmt: skip
    for key, schema in group["properties"].items():
        value = {"string": "Asia/Tokyo", "boolean": True, "integer": 7, "number": 7.5}[schema["type"]]
        if key != "ca_bundle":
            value = schema.get("enum", [value])[-1]
            read = Parameters.parse({**MINIMUM, "advanced": {key: value}})
            assert getattr(read, PARAMETERS[key].name) == value
            assert read == Parameters.parse({**MINIMUM, key: value}), "as configurations had it before the group"


def test_credentials_are_shown_for_the_choice_that_needs_them() -> None:
    shown = {
        key: schema["options"]["dependencies"]
        for key, schema in FORMS["configSchema"]["properties"].items()
        if "dependencies" in schema.get("options", {})
    }
    assert shown == {
        "#access_token": {"authentication": "token"},
        "username": {"authentication": "password"},
        "#password": {"authentication": "password"},
    }
    choice = FORMS["configSchema"]["properties"]["authentication"]
    assert dict(zip(choice["enum"], choice["options"]["enum_titles"], strict=True)) == {
        "token": "Access token",
        "password": "Username and password",
    }


def test_lists_load_by_themselves() -> None:
    lists = {
        key: schema["options"]["async"]["autoload"]
        for form in FORMS.values()
        for key, schema in fields(form).items()
        if "async" in schema.get("options", {})
    }
    assert lists == {"tables": [], "table": [], "fields": ["parameters.table"]}


@each_form
def test_every_object_has_an_order_and_says_what_is_required(form: dict[str, Any]) -> None:
    for schema in objects(form):
        orders = [inner["propertyOrder"] for inner in schema["properties"].values()]
        assert orders == list(range(1, len(orders) + 1))
        assert set(schema["required"]) <= set(schema["properties"])
        assert all(inner["title"] and ":" not in inner["title"] for inner in schema["properties"].values())


@each_form
def test_defaults_are_those_of_the_code(form: dict[str, Any]) -> None:
    filled = {key: schema["default"] for key, schema in fields(form).items() if "default" in schema}
    # The form begins with one of the two ways to log in; the code takes what is given.
    assert filled.pop("authentication", "password") == "password"
    assert Parameters.parse({**MINIMUM, **filled}) == Parameters.parse(MINIMUM)


@each_form
def test_every_offered_word_is_understood(form: dict[str, Any]) -> None:
    for key, schema in fields(form).items():
        words = schema.get("enum", [])
        assert len(schema.get("options", {}).get("enum_titles", words)) == len(words)
        for word in words:
            assert getattr(Parameters.parse({**MINIMUM, "table": "tickets", key: word}), PARAMETERS[key].name) == word


@each_form
def test_what_is_required_is_missed(form: dict[str, Any]) -> None:
    everything = {**MINIMUM, "table": "tickets"}
    for key in form["required"]:
        without = {name: value for name, value in everything.items() if name not in {key, "tables"}}
        with pytest.raises(ConfigError, match="missing"):
            Parameters.parse(without)


@each_form
def test_secrets_are_encrypted_by_the_platform(form: dict[str, Any]) -> None:
    hidden = {key for key, schema in fields(form).items() if schema.get("format") == "password"}
    assert hidden == {key for key in fields(form) if key.startswith("#")}


@each_form
def test_buttons_and_lists_call_actions_that_exist(form: dict[str, Any]) -> None:
    called = set(re.findall(r'"action": "(\w+)"', json.dumps(form)))
    assert called
    assert called < set(ACTIONS)


def test_the_portal_is_told_of_every_action() -> None:
    source = (REPOSITORY / "tap_daktela/keboola/component.py").read_text(encoding="utf-8")
    decorated = re.findall(r'@sync_action\("(\w+)"\)', source)
    assert json.loads((FOLDER / "actions.md").read_text()) == decorated == list(ACTIONS[1:])


def test_the_sample_is_a_configuration() -> None:
    content = json.loads((FOLDER / "sample-config/config.json").read_text())
    assert content["action"] in ACTIONS
    assert set(content["parameters"]) <= set(PARAMETERS)
    assert Parameters.parse(content["parameters"]).selected_tables
    assert json.loads((FOLDER / "sample-config/in/state.json").read_text()) == {}


def test_the_portal_gets_all_that_it_asks_for() -> None:
    assert (FOLDER / "logger").read_text() == "gelf"
    assert json.loads((FOLDER / "loggerConfiguration.json").read_text())["gelf_server_type"] == "tcp"
    assert "genericDockerUI-rows" in json.loads((FOLDER / "uiOptions.md").read_text())
    for name in ("component_short_description", "component_long_description", "configuration_description"):
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert text[0].isalpha()
        assert not re.search("^#{1,2} ", text, re.MULTILINE)

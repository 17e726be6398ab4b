"""Configurations of three generations of components: each of their parameters works, or is told what to write."""

import logging
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.older_configurations import WITHOUT_EFFECT, own_tables_hint, tell_what_is_not_read
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.settings.declared import secrets, settings_of
from tests.helpers.harness import REPOSITORY

SETTINGS = settings_of(Parameters)
GOOD = {"url": "https://acme.daktela.com", "username": "me", "#password": "x", "from": "-7", "tables": "tickets"}
# For each parameter of an older component a value as it had it, and what that means here.
VALUES: Mapping[str, tuple[Any, object]] = {
    "user": ("robot", "robot"),
    "#pwd": ("canary", "canary"),
    "username": ("robot", "robot"),
    "#password": ("canary", "canary"),
    "server": ("acme", "acme"),
    "url": ("https://acme.daktela.com", "https://acme.daktela.com"),
    "plan": ("Sequential", "sequential"),
    "incr": ("Incremental", True),
    "to": ("0", "0"),
    "tables": ("users, tickets", ("users", "tickets")),
    "incremental": (True, True),
    "debug": (True, True),
    "connection.url": ("https://acme.daktela.com", "https://acme.daktela.com"),
    "connection.username": ("robot", "robot"),
    "connection.#password": ("canary", "canary"),
    "connection.verify_ssl": (False, False),
    "advanced.batch_size": (500, 500),
    "advanced.max_concurrent_requests": (10, 10),
    "endpoint": ("activitiesCall", "activitiesCall"),
    "date_from": ("7 days ago", "7 days ago"),
    "date_to": ("now", "now"),
    "fields": (["title", "stage"], ("title", "stage")),
    "destination.incremental": (True, True),
    "destination.load_type": ("incremental_load", True),
}
# What is not taken over: a value as the older component had it, and what is wrong or warned of.
INSTEAD = {
    "from": (1, "from is '1', which is none of today, .*; 1 day back is -1"),
    "advanced.max_concurrent_endpoints": (3, "does nothing here: concurrency limits the requests of all tables"),
    "destination.primary_key": (["name"], "does nothing here: the output format decides the key of a table"),
}


def documented() -> dict[tuple[str, str], str]:
    """Return what the documentation says about each parameter, by component and name."""
    text = (REPOSITORY / "docs/keboola.md").read_text(encoding="utf-8")
    section = text.split("## Parameters of older components\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|`-][^|`]*) \| `([^|`]+)` \| ([^|]+) \|$", section, re.MULTILINE)
    return {(component, name): here.strip() for component, name, here in rows}


def nested(name: str, value: object) -> dict[str, Any]:
    """Return the part of a configuration that holds a parameter."""
    group, _, inner = name.rpartition(".")
    return {group: {inner: value}} if group else {name: value}


def parsed(name: str, value: object) -> Parameters:
    """Return the parameters of a configuration in which one is named in the older way."""
    key = next((one.key for one in SETTINGS if name in one.names), name)
    rest = {other: given for other, given in GOOD.items() if other != key}
    if key in {"table", "fields"}:
        del rest["tables"]
    return Parameters.parse({**rest, **({"table": "tickets"} if key == "fields" else {}), **nested(name, value)})


def test_every_parameter_of_every_generation_is_documented() -> None:
    generations = {
        "Revolt BI, 2018": {"user", "#pwd", "server", "from", "plan", "incr"},
        "component-ex-daktela": {
            "username", "#password", "url", "server", "from", "to", "tables", "incremental", "debug",
            "image_parameters.fields",
        },
        "component-daktela": {
            "connection.url", "connection.username", "connection.#password", "connection.verify_ssl", "debug",
            "advanced.batch_size", "advanced.max_concurrent_requests", "advanced.max_concurrent_endpoints", "endpoint",
            "date_from", "date_to", "fields", "destination.incremental", "destination.load_type",
            "destination.primary_key",
        },
    }  # fmt: skip
    assert set(documented()) == {(component, name) for component, names in generations.items() for name in names}
    aliases = {alias for one in SETTINGS for alias in one.aliases}
    assert aliases | WITHOUT_EFFECT.keys() <= {name for _, name in documented()}


@pytest.mark.parametrize(("component", "name"), documented())
def test_what_is_documented_is_true(component: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    here = documented()[component, name]
    caplog.set_level(logging.INFO)
    if here.startswith("works as it is"):
        [setting] = [one for one in SETTINGS if one.key == name]
        # In the component of 2018 it counted days forwards.
        value, meaning = VALUES[name] if name != "from" else ("-7", "-7")
    elif here.startswith("another name of "):
        [setting] = [one for one in SETTINGS if f"another name of `{one.key}`" in here]
        assert name in setting.aliases
        value, meaning = VALUES[name]
    else:
        assert here.startswith("write "), here
        told_instead(name, caplog)
        return
    read = getattr(parsed(name, value), setting.name)
    assert getattr(read, "text", read) == meaning
    older = [message for message in caplog.messages if f"{name} ({setting.key})" in message]
    assert len(older) == (name != setting.key)


def told_instead(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Check that a run says what to write instead of a parameter."""
    if name == "image_parameters.fields":
        assert own_tables_hint(FIELDS, "").startswith("image_parameters.fields is not read: write")
        return
    value, words = INSTEAD[name]
    try:
        parsed(name, value)
        told = caplog.messages
    except ConfigError as error:
        told = list(error.problems)
    assert any(re.search(words, sentence) and name in sentence for sentence in told)


FIELDS = [
    {"name": "other", "project_ids": ["stack-7"], "columns": {"users": {"columns": ["title"]}}},
    {
        "name": "default",
        "columns": {
            "tickets": {
                "requested_json": "tickets",
                "columns": ["title", "category.name", "sla"],
                "primary_keys": ["name"],
            },
            "users": {"columns": ["name"]},
            "skills": {"columns": ["name"]},
        },
    },
]


def test_tables_that_image_parameters_define_are_translated() -> None:
    tickets = '{"table": "tickets", "fields": "title, category_name"}'
    of_everybody = own_tables_hint(FIELDS, "stack-1")
    assert f'table_options: [{tickets}, {{"table": "users", "fields": "name"}}]' in of_everybody
    assert of_everybody.endswith("; Daktela has no list for skills: leave out")
    assert '{"table": "users", "fields": "title"}' in own_tables_hint(FIELDS, "stack-7")


def test_columns_of_image_parameters_are_written_as_the_fields_of_today() -> None:
    asked = ["title", "queue.name", "usersCount", "customFields.order_id", "nonsense"]
    fields = [{"name": "default", "columns": {table: {"columns": asked} for table in ("tickets", "queues")}}]
    hint = own_tables_hint(fields, "stack-1")
    assert '{"table": "tickets", "fields": "title, customFields.order_id"}' in hint
    assert '{"table": "queues", "fields": "title, users_count"}' in hint


@pytest.mark.parametrize("nothing", [None, [], {}, "x", [1], [{"name": "default"}], [{"name": "other", "columns": {}}]])
def test_image_parameters_without_tables_are_no_problem(nothing: Any) -> None:
    assert own_tables_hint(nothing, "stack-1") == ""


@pytest.mark.parametrize("nonsense", [{"a": 1}, {"tickets": 7}, {"tickets": {"columns": {"a": 1}}}, ["tickets"], "x"])
def test_image_parameters_that_are_nonsense_are_no_problem(nonsense: Any) -> None:
    assert isinstance(own_tables_hint([{"name": "default", "project_ids": 7, "columns": nonsense}], "stack-1"), str)


def test_another_name_of_a_secret_is_a_secret() -> None:
    for one in SETTINGS:
        assert {name.rpartition(".")[2].startswith("#") for name in one.names} == {one.secret}
    for name in ("#pwd", "connection.#password"):
        found = parsed(name, "canary-4711")
        assert secrets(found) == ("canary-4711",)
        assert "canary" not in repr(found)


def test_two_names_may_say_the_same() -> None:
    both = {"destination": {"incremental": "true", "load_type": "incremental_load"}}
    assert Parameters.parse({**GOOD, **both}).incremental is True
    with pytest.raises(ConfigError, match=r"^destination.incremental and destination.load_type are one setting"):
        Parameters.parse({**GOOD, "destination": {"incremental": True, "load_type": "full_load"}})
    with pytest.raises(ConfigError, match=r"^#password and #pwd are one setting, and say different things") as caught:
        Parameters.parse({**GOOD, "#pwd": "canary"})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(("tables", "is_told"), [(["tickets"], False), (["tickets", "users"], True), (["users"], True)])
def test_options_of_other_tables_are_told_in_a_row(
    caplog: pytest.LogCaptureFixture, tables: list[str], is_told: bool
) -> None:
    tell_what_is_not_read({"table": "tickets", "table_options": [{"table": table} for table in tables]})
    told = [message.partition(" of the configuration")[0] for message in caplog.messages]
    assert told == (["table_options (of other tables)"] if is_told else [])

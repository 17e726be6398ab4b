"""Settings that are declared as fields of a dataclass: one machine for the tap and for the component."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.settings import declared
from tap_daktela.settings.declared import setting, settings_of
from tap_daktela.settings.types import FLAG, NAMES, TEXT, choice, number

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Example:
    """Settings of every kind."""

    title: str = setting(TEXT, "Its title.", required=True, example="Daktela")
    pin: str | None = setting(TEXT, "Its secret.", secret=True, key="#pin")
    size: int = setting(number(1, 9, whole=True), "Its size.", 3)
    words: tuple[str, ...] = setting(NAMES, "Its words.", (), shown="none")
    color: str = setting(choice("red", "blue"), "Its color.", "red")
    on: bool = setting(FLAG, "Whether it is on.", False)


def parse(given: Mapping[str, object], **options: Any) -> Example:
    return declared.parse(Example, given, options.pop("checks", ()), reader="the test", **options)


def test_what_is_not_given_has_its_default() -> None:
    assert parse({"title": "a"}) == Example(title="a", pin=None, size=3, words=(), color="red", on=False)
    assert parse({"title": "a", "#pin": "1", "size": "4"}) == Example(title="a", pin="1", size=4)


def test_all_problems_are_told_at_once_and_in_order() -> None:
    def check(given: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
        assert (set(given), values) == ({"#pin", "size", "color"}, {"color": "blue"})
        return ["this does not fit that"]

    with pytest.raises(ConfigError) as caught:
        parse({"#pin": [], "size": 10, "color": "BLUE"}, checks=[check])
    assert caught.value.problems == (
        "title is missing; it is, for example, Daktela",
        "#pin must be text",
        "size must be a whole number from 1 to 9, not 10",
        "this does not fit that",
    )


def test_unknown_keys_are_told_with_the_one_that_was_meant(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        parse({"title": "a", "xyz": 1, "Sise": 2, "pin": 3})
    assert caplog.messages == [
        "The configuration has keys that mean nothing to the test: Sise (size?), pin (#pin?), xyz"
    ]


def test_only_some_keys_may_be_required(caplog: pytest.LogCaptureFixture) -> None:
    assert parse({"size": 4}, keys={"size", "color"}) == Example(size=4)
    with pytest.raises(ConfigError, match="title is missing"):
        parse({"size": 4}, keys={"size", "title"})
    assert caplog.messages == []


def test_secrets_are_known_and_not_shown() -> None:
    found = parse({"title": "a", "#pin": "canary"})
    assert declared.secrets(found) == ("canary",)
    assert declared.secrets(parse({"title": "a"})) == ()
    assert "canary" not in repr(found)


def test_names_and_keys() -> None:
    assert [(one.name, one.key) for one in settings_of(Example)][:3] == [
        ("title", "title"), ("pin", "#pin"), ("size", "size"),
    ]  # fmt: skip


def test_the_table_for_the_documentation() -> None:
    table = declared.markdown_table(Example, "Setting", lambda one: " *(secret)*" if one.secret else "")
    assert table == (
        "| Setting | Type | Default | Description |\n"
        "|---|---|---|---|\n"
        "| `title` | string | **required** | Its title. |\n"
        "| `#pin` *(secret)* | string |  | Its secret. |\n"
        "| `size` | integer | `3` | Its size. |\n"
        "| `words` | array or string | none | Its words. |\n"
        "| `color` | `red` or `blue` | `red` | Its color. |\n"
        "| `on` | boolean | `false` | Whether it is on. |\n"
    )

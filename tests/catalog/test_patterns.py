"""Patterns of streams and fields: what they choose of a selection, and which of them are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tap_daktela.catalog.entries import Selected, entries
from tap_daktela.catalog.patterns import parsed, refuse_unknown
from tap_daktela.catalog.selection import by_default, everything, narrowed
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError

KNOWN = entries(STREAMS)
EVERYTHING = everything(KNOWN)
WHOLE = {one.entry.name: {column.name for column in one.columns} for one in EVERYTHING}
KEYS = {name: set(entry.automatic) for name, entry in KNOWN.items()}


def chosen(*texts: str, base: list[Selected] = EVERYTHING) -> dict[str, Selected]:
    return {one.entry.name: one for one in narrowed(base, parsed(texts, KNOWN))}


def columns(*texts: str, base: list[Selected] = EVERYTHING) -> dict[str, set[str]]:
    return {name: {column.name for column in one.columns} for name, one in chosen(*texts, base=base).items()}


def parts(selected: Selected, name: str) -> list[str]:
    [column] = [column for column in selected.columns if column.name == name]
    return [item.name for item in column.items]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), WHOLE),
        (("*",), WHOLE),
        (("*.*",), WHOLE),
        (("users",), {"users": WHOLE["users"]}),
        (("users.*",), {"users": WHOLE["users"]}),
        (("users.title",), {"users": {"title", *KEYS["users"]}}),
        (("users.title", "users.ema?l"), {"users": {"title", "email", *KEYS["users"]}}),
        (("tickets.sta[fg]e",), {"tickets": {"stage", *KEYS["tickets"]}}),
        (("users", "!users.email"), {"users": WHOLE["users"] - {"email"}}),
        (("!users.email", "users"), {"users": WHOLE["users"] - {"email"}}),
        (("users", "!*.email"), {"users": WHOLE["users"] - {"email"}}),
        (("users", "!users.name"), {"users": WHOLE["users"]}),
        (("users", "tickets", "!tickets"), {"users": WHOLE["users"]}),
        (("users", "tickets", "!ticket*.*"), {"users": WHOLE["users"]}),
        (("users", "!users"), {}),
        (("activities_s*.name",), {name: KEYS[name] for name in WHOLE if name.startswith("activities_s")}),
        (("activitiesCall.duration",), {"activities_call": {"duration", *KEYS["activities_call"]}}),
        (("!activitiesCall", "activities_c*l"), {}),
    ],
)
def test_streams_and_fields(patterns: tuple[str, ...], expected: dict[str, set[str]]) -> None:
    assert columns(*patterns) == expected


def test_what_only_leaves_out_keeps_the_rest() -> None:
    by_tap = by_default(KNOWN, None)
    before = {one.entry.name: {column.name for column in one.columns} for one in by_tap}
    after = columns("!*.description", "!users", base=by_tap)
    assert after == {name: found - {"description"} for name, found in before.items() if name != "users"}
    assert any("description" in found for found in before.values())


def test_nothing_comes_back_that_the_selection_leaves_out() -> None:
    base = narrowed(EVERYTHING, parsed(["tickets", "!tickets.description"], KNOWN))
    assert columns("tickets.*", base=base) == {"tickets": WHOLE["tickets"] - {"description"}}
    for pattern in ("users", "tickets.description"):
        with pytest.raises(ConfigError, match=f"select: '{pattern}' names nothing that catalog and streams select"):
            chosen(pattern, base=base)


def test_parts_of_lists_of_records() -> None:
    whole = parts(chosen("tickets")["tickets"], "statuses")
    assert len(whole) > 1
    assert parts(chosen("tickets.statuses")["tickets"], "statuses") == whole
    assert parts(chosen("tickets.statuses.title")["tickets"], "statuses") == ["title"]
    assert "statuses" not in columns("tickets.title")["tickets"]
    assert parts(chosen("tickets", "!tickets.statuses.title")["tickets"], "statuses") == [
        name for name in whole if name != "title"
    ]
    assert "statuses" not in columns("tickets", "!tickets.statuses.*")["tickets"]
    assert "statuses" not in columns("tickets", "!tickets.statuses")["tickets"]


@pytest.mark.parametrize(
    ("patterns", "wanted", "known"),
    [
        (["contacts"], None, ["city", "vip"]),
        (["contacts.custom_fields"], None, ["city", "vip"]),
        (["contacts.custom_fields.vip"], {"vip"}, ["vip"]),
        (["contacts.custom_fields.new"], {"new"}, []),
        (["contacts.custom_fields.*"], {"city", "vip"}, ["city", "vip"]),
        (["contacts.custom_fields.v*"], {"vip"}, ["vip"]),
        (["contacts", "!contacts.custom_fields.vip"], {"city"}, ["city"]),
        (["contacts", "!contacts.custom_fields.new"], {"city", "vip"}, ["city", "vip"]),
        (["!*.custom_fields.vip"], {"city"}, ["city"]),
    ],
)
def test_custom_fields_that_discovery_found(patterns: list[str], wanted: set[str] | None, known: list[str]) -> None:
    [column] = [one for one in KNOWN["contacts"].columns if one.name == "custom_fields"]
    found = replace(column, definitions=(("city", "City"), ("vip", "VIP")))
    base = [Selected(KNOWN["contacts"], (*KNOWN["contacts"].columns[:3], found))]
    [after] = [one for one in chosen(*patterns, base=base)["contacts"].columns if one.name == "custom_fields"]
    assert (after.wanted, [name for name, _ in after.definitions]) == (wanted, known)


@pytest.mark.parametrize("pattern", ["!contacts.custom_fields.*", "!contacts.custom_fields"])
def test_no_custom_fields(pattern: str) -> None:
    assert columns("contacts", pattern)["contacts"] == WHOLE["contacts"] - {"custom_fields"}


def test_a_part_beside_another_field() -> None:
    assert parts(chosen("tickets.statuses.title", "tickets.stage")["tickets"], "statuses") == ["title"]


@pytest.mark.parametrize("patterns", [["!*.custom_fields.vip"], ["contacts", "*.custom_fields.v*"]])
def test_an_instance_that_has_custom_fields_in_some_streams_only(patterns: list[str]) -> None:
    base = []
    for name, definitions in (("contacts", (("vip", "VIP"), ("city", "City"))), ("accounts", ())):
        [column] = [one for one in KNOWN[name].columns if one.name == "custom_fields"]
        base.append(Selected(KNOWN[name], (replace(column, definitions=definitions),)))
    after = chosen(*patterns, base=base)
    assert [column.name for column in after["contacts"].columns] == ["custom_fields"]
    assert after["accounts"].columns == ()


def test_custom_fields_that_nobody_looked_for() -> None:
    [column] = [one for one in chosen("contacts.custom_fields.vip")["contacts"].columns if one.name == "custom_fields"]
    assert column.wanted == {"vip"}
    named = ["contacts.custom_fields.vip", "contacts.custom_fields.v*"]
    for patterns in (["contacts", "!contacts.custom_fields.vip"], ["contacts.custom_fields.v*"], named):
        with pytest.raises(ConfigError, match=r"needs a catalog.*--discover"):
            chosen(*patterns)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("tickts.*", "select: 'tickts.*': there is no stream 'tickts'; the nearest is 'tickets'"),
        ("calls", "select: 'calls': there is no stream 'calls'; the nearest is 'activities_call'"),
        (
            "!*.descripton",
            "select: '!*.descripton': no such stream has a field 'descripton'; the nearest is 'description'",
        ),
        ("users.emial", "select: 'users.emial': stream 'users' has no field 'emial'; the nearest is 'email'"),
        ("tickets.statuses.nothing", "select: 'tickets.statuses.nothing': stream 'tickets' has no field"),
        ("tickets.title.part", "select: 'tickets.title.part': stream 'tickets' has no field 'title.part'"),
        ("!", "select: '!' is no pattern; it is, for example, tickets"),
        (".title", "select: '.title' is no pattern"),
        ("tickets.", "select: 'tickets.' is no pattern"),
        ("zzz*", "select: 'zzz*': there is no stream 'zzz*'"),
    ],
)
def test_what_names_nothing_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_unknown(parsed([pattern, "users"], KNOWN), KNOWN)
    [said] = caught.value.problems
    assert said.startswith(problem)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_unknown(parsed(["tickts", "users", "!"], KNOWN), KNOWN)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "pattern", ["contacts.custom_fields.anything", "tickets.statuses.title", "*.title", "crmRecords"]
)
def test_what_names_something_is_taken(pattern: str) -> None:
    refuse_unknown(parsed([pattern], KNOWN), KNOWN)

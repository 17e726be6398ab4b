"""What is asked of an endpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tap_daktela.catalog.entries import Selected, entries
from tap_daktela.catalog.fields import Stream, custom_fields, integer, moment, relation, string
from tap_daktela.catalog.fields import records as record_list
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.catalog.streams.common import NEVER_ASKED
from tap_daktela.sync.reading.request import request_for

if TYPE_CHECKING:
    from tap_daktela.catalog.entries import Entry
    from tap_daktela.sync.reading.request import EndpointRequest

KNOWN = entries(STREAMS)
TICKETS = KNOWN["tickets"]


# What tickets are read by, whatever is selected.
ALWAYS = {"name", "edited", "created"}


def asked(*names: str, **columns: tuple[str, ...]) -> EndpointRequest:
    """Return the request for entries of the catalog, of some columns where they are named."""
    chosen = []
    for name in names:
        entry = KNOWN[name]
        wanted = columns.get(name)
        chosen.append(Selected(entry, tuple(c for c in entry.columns if wanted is None or c.name in wanted)))
    return request_for(chosen[0].entry.stream, chosen, 1000)


def test_only_what_is_selected_and_the_key_and_the_axes() -> None:
    request = asked("tickets", tickets=("title", "category_name"))
    assert set(request.fields) == {*ALWAYS, "title", "category.name"}
    assert (request.names, request.key, request.page_size) == (("tickets",), "name", 1000)
    assert request.lists == {}


def test_a_derived_stream_asks_for_its_list_alone() -> None:
    request = asked("tickets_followers")
    assert set(request.fields) == {*ALWAYS, *request.lists["followers"]}
    assert set(request.lists["followers"]) >= {"followers.name"}
    assert set(asked("tickets_custom_fields").fields) == {*ALWAYS, "customFields"}


def test_streams_of_the_same_rows_share_a_request() -> None:
    both = asked("tickets", "tickets_custom_fields", tickets=("title",))
    assert set(both.fields) == {*ALWAYS, "title", "customFields"}


def test_columns_that_are_needed_beside() -> None:
    request = request_for(TICKETS.stream, (), 10, also=["title", "user_name"])
    assert set(request.fields) == {*ALWAYS, "title", "user.name"}


def test_the_older_names_of_an_endpoint() -> None:
    assert asked("activities_web").names == ("activitiesWeb", "activitiesChat")


def test_custom_fields_one_by_one_where_some_are_deselected() -> None:
    columns = tuple(
        replace(column, wanted=frozenset({"vip", "address"}))
        for column in TICKETS.columns
        if column.name == "custom_fields"
    )
    own = Selected(TICKETS, columns)
    some = {"customFields.address", "customFields.vip"}
    assert set(request_for(TICKETS.stream, [own], 10).fields) == ALWAYS | some
    # The stream that is made of them wants them all.
    derived = Selected(KNOWN["tickets_custom_fields"], KNOWN["tickets_custom_fields"].columns)
    for order in ([own, derived], [derived, own]):
        assert set(request_for(TICKETS.stream, order, 10).fields) == {*ALWAYS, "customFields"}


NOTES = Stream(
    "notes",
    "Notes.",
    (
        integer("name", "Key."),
        moment("edited", "Change."),
        relation("owners", "users", "Owners", many=True),
        record_list("tags", "tags", "Tags.", items=(string("name", "Key."), string("color", "Color."))),
        custom_fields(),
    ),
)
NOTE = entries([NOTES])["notes"]


def test_all_fields_of_a_list_are_known_as_such() -> None:
    request = request_for(NOTES, [Selected(NOTE, NOTE.columns)], 10)
    assert request.lists == {"owners": ("owners.name", "owners.title"), "tags": ("tags.name", "tags.color")}


def test_what_has_no_part_selected_is_not_asked_for() -> None:
    bare = {"tags": {"items": ()}, "custom_fields": {"wanted": frozenset()}}
    columns = tuple(replace(c, **bare[c.name]) for c in NOTE.columns if c.name in bare)  # type: ignore[arg-type]
    request = request_for(NOTES, [Selected(NOTE, columns)], 10)
    assert (request.fields, request.lists) == (("name",), {})


def test_a_relation_is_linked_by_its_key_where_its_title_is_asked_for_too() -> None:
    assert asked("tickets", tickets=("category_name", "category_title")).links == {"category.title": ("category.name",)}
    assert asked("tickets", tickets=("category_name",)).links == {}
    assert asked("tickets", tickets=("category_title",)).links == {}


def test_a_list_of_relations_is_no_link() -> None:
    assert request_for(NOTES, [Selected(NOTE, NOTE.columns)], 10).links == {}


def test_long_rows_are_told_by_their_columns() -> None:
    assert asked("activities_email").long
    assert not asked("activities_email", activities_email=("title",)).long


@pytest.mark.parametrize("entry", KNOWN.values(), ids=KNOWN)
def test_nothing_that_may_hold_secrets_is_ever_asked_for(entry: Entry) -> None:
    fields = asked(entry.name).fields
    assert fields
    assert len(set(fields)) == len(fields)
    assert not [field for field in fields if NEVER_ASKED.intersection(field.split("."))]


def test_a_link_needs_its_title_and_all_of_its_keys() -> None:
    item = relation("item", None, "Item", keys=("id_call", "name"))
    stream = Stream("x", "X.", (string("name", "Key."), item, relation("tags", "tags", "Tags", many=True)))
    entry = entries([stream])["x"]

    def links(*names: str) -> dict[str, tuple[str, ...]]:
        columns = tuple(column for column in entry.columns if column.name in names)
        return request_for(stream, [Selected(entry, columns)], 10).links

    assert links("item_name", "item_title") == {"item.title": ("item.id_call", "item.name")}
    assert links("item_name", "item_title", "tags_name", "tags_title") == links("item_name", "item_title")
    assert links("item_title") == links("item_name") == links() == {}
    keyless = Stream("y", "Y.", (item,), key=())
    whole = entries([keyless])["y"]
    assert request_for(keyless, [Selected(whole, whole.columns)], 10).links == links("item_name", "item_title")

"""Parameters: every way to give them, and every wrong one told by its name, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.connection_checks import CONNECTION_KEYS
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.job import TableRequest
from tap_daktela.keboola.preparation import connection_settings
from tap_daktela.settings.declared import secrets, settings_of

# The configuration in the README of the component that this one replaces.
EXTRACTOR = {
    "username": "api_user",
    "#password": "your_password",
    "server": "mycompany",
    "from": "-7",
    "to": "0",
    "tables": "activities,contacts,tickets,users",
    "incremental": True,
}
FILTER = {"field": "stage", "operator": "eq", "value": "OPEN"}


def parse(**changes: Any) -> Parameters:
    """Return the parameters of a configuration that differs from the extractor's."""
    return Parameters.parse(
        {**EXTRACTOR, **{key.replace("__", "#").replace("from_", "from"): changes[key] for key in changes}}
    )


def requests(parameters: Parameters) -> list[TableRequest]:
    return [one.request for one in parameters.selected_tables]


def problems(raw: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Parameters.parse(raw)
    return list(caught.value.problems)


def test_the_extractors_configuration_works_as_it_is() -> None:
    found = Parameters.parse(EXTRACTOR)
    assert (found.address.url, found.address.server) == ("https://mycompany.daktela.com", "mycompany")
    assert (found.from_.text, found.to.text, found.incremental, found.continue_since_last_run) == (
        "-7",
        "0",
        True,
        False,
    )
    assert [request.stream for request in requests(found)] == ["activities", "contacts", "tickets", "users"]
    assert (found.output_format, found.timestamps, found.strip_html, found.orphans) == ("table", "local", False, "keep")


@pytest.mark.parametrize(
    "tables", ["tickets, calls", ["tickets", "calls"], ["tickets, calls"], " tickets ,calls,, tickets"]
)
def test_tables_are_a_list_or_text(tables: Any) -> None:
    assert requests(parse(tables=tables)) == [
        TableRequest("tickets", "tickets"),
        TableRequest("activities_call", "calls"),
    ]


def test_text_is_taken_for_numbers_and_booleans() -> None:
    found = parse(incremental="0", debug="true", settle_minutes="15", lookback_days="2.5", strip_html="yes", from_=-3)
    assert (found.incremental, found.debug, found.strip_html) == (False, True, True)
    assert (found.settle_minutes, found.lookback_days, found.from_.text) == (15, 2.5, "-3")


@pytest.mark.parametrize("untouched", [None, "", [], {}])
def test_fields_that_were_left_alone_have_their_defaults(untouched: Any) -> None:
    fields = {one.key for one in settings_of(Parameters)} - set(EXTRACTOR)
    assert Parameters.parse({**EXTRACTOR, **dict.fromkeys(fields, untouched)}) == Parameters.parse(EXTRACTOR)
    assert parse(to=untouched).to.text == "today"


def test_a_row_wins_over_the_configuration_that_it_belongs_to() -> None:
    root = {"table_options": [{"table": "tickets", "fields": "title"}, {"table": "users", "fields": "title"}]}
    row = parse(
        **root, table="tickets", fields=["stage", "customFields"], filter='{"field":"stage","operator":"isnull"}'
    )
    [found] = row.selected_tables
    assert found.request == TableRequest("tickets", "tickets", ("stage", "custom_fields"))
    assert found.filter == {"field": "stage", "operator": "isnull"}
    assert requests(parse(**root, table="tickets")) == [TableRequest("tickets", "tickets", ("title",))]


@pytest.mark.parametrize("tree", [FILTER, [FILTER], '{"field": "stage", "operator": "eq", "value": "OPEN"}'])
def test_a_configuration_has_fields_and_filters_by_table(tree: Any) -> None:
    options = [{"table": "tickets", "fields": ["title", "edited"], "filter": tree}, {"table": "users", "filter": None}]
    found = parse(table_options=options).selected_tables
    assert {one.request.table: one.request.fields for one in found} == {
        "activities": None,
        "contacts": None,
        "tickets": ("title", "edited"),
        "users": None,
    }
    assert [one.filter is not None for one in found] == [False, False, True, False]


def test_a_format_with_tables_of_its_own_names_them_its_own_way() -> None:
    for output_format, table in (("revolt", "activitiesCall"), ("extractor", "activities_call")):
        for asked in ("activities_call", "activitiesCall"):
            [request] = requests(parse(tables=asked, output_format=output_format))
            assert request.table == table


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("url", "ftp://mycompany.daktela.com", "url must begin with https://"),
        ("url", "https://user:secret@mycompany.daktela.com", "url must not hold a user or a password"),
        ("url", "http://me:secret/x@acme.daktela.com", "url is not an address such as https://mycompany.daktela.com"),
        ("url", "http://[acme.daktela.com", "url is not an address such as https://mycompany.daktela.com"),
        ("url", 7, "url must be text"),
        ("server", "my company", "server must be the plain name"),
        ("server", ["x"], "server must be text"),
        ("username", {"a": 1}, "username must be text"),
        ("#password", ["x"], "#password must be text"),
        ("#access_token", "a\nb", "#access_token holds characters"),
        ("tables", {"a": 1}, "tables must be a list of names"),
        ("tables", "tickets, skills", "tables names 'skills', which Daktela does not have; the nearest is 'groups'"),
        ("tables", "Tickets, tickets", "tables names 'tickets' twice"),
        ("table", "tikets", "table names 'tikets', which Daktela does not have; the nearest is 'tickets'"),
        ("table", 1.5, "table must be text"),
        ("table", "tickets, users", "table names 2 tables; a row has one: add a row for each"),
        ("fields", "title", "fields belongs to a row with one table"),
        ("table_options", "tickets", "table_options must be a list of objects"),
        ("table_options", [{"fields": "a"}], "table_options number 1: it must be an object that names its table"),
        ("table_options", [{"table": "tickets", "where": 1}], "table_options number 1: it has where"),
        ("table_options", [{"table": "queues"}], "table_options names 'queues', which is not among the tables"),
        ("table_options", [{"table": "users"}, {"table": "users"}], "table_options names 'users' twice"),
        ("table_options", [{"table": "tickets", "filter": {"field": "a"}}], "table_options number 1: filter: is wrong"),
        (
            "table_options",
            [{"table": "tickets", "fields": "titel"}],
            "table_options has fields for 'tickets': there is no 'titel'; the nearest is 'title'",
        ),
        ("from", "soon", "from is 'soon', which is none of"),
        ("to", "2024-02-30", "to is wrong: '2024-02-30' is not a date"),
        ("continue_since_last_run", "perhaps", "continue_since_last_run must be true or false"),
        ("incremental", 2, "incremental must be true or false"),
        ("output_format", "parquet", "output_format must be 'table' or"),
        ("timestamps", "server", "timestamps must be 'local' or 'utc'"),
        ("strip_html", "x", "strip_html must be true or false"),
        ("orphans", "adopt", "orphans must be 'keep' or 'drop'"),
        ("backend", "async", "backend must be 'parallel' or 'sequential'"),
        ("timezone", "Mars/Olympus", "timezone must be the name of a time zone"),
        ("settle_minutes", -1, "settle_minutes must be a number from 0"),
        ("lookback_days", "many", "lookback_days must be a number from 0"),
        ("debug", "loud", "debug must be true or false"),
        ("authentication", "oauth", "authentication must be 'token' or 'password'"),
        ("row_output_format", "csv", "row_output_format must be 'configuration' or 'table'"),
        ("verify_ssl", "maybe", "verify_ssl must be true or false"),
        ("ca_bundle", "/etc/ssl/ca.pem", "ca_bundle must be the text of certificates"),
        ("page_size", 5000, "page_size must be a whole number from 1 to 1000"),
        ("concurrency", 0, "concurrency must be a whole number from 1 to 32"),
        ("advanced", "fast", "advanced must be an object"),
        ("advanced", {"page_size": 5000}, "advanced.page_size must be a whole number from 1 to 1000, not 5000"),
    ],
)
def test_what_is_wrong_is_named(key: str, value: Any, words: str) -> None:
    [problem] = problems({**EXTRACTOR, key: value})
    assert problem.startswith(words)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ("{}", "filter is wrong"),
        ("stage=OPEN", "filter is not JSON"),
        ("[" * 100_000, "filter is nested too deeply"),
        ({"field": "a", "operator": "is"}, "filter is wrong"),
    ],
)
def test_a_filter_that_is_wrong_is_named(tree: Any, words: str) -> None:
    [problem] = problems({**EXTRACTOR, "table": "tickets", "filter": tree})
    assert problem.startswith(words)


def test_every_parameter_can_be_wrong_and_all_are_told_at_once() -> None:
    keys = {one.key for one in settings_of(Parameters)}
    wrong = {key: 1.5 if key not in {"settle_minutes", "lookback_days"} else "x" for key in keys}
    assert {problem.split()[0] for problem in problems(wrong)} == keys - {"tables"}, "a row does not read tables"
    assert {problem.split()[0] for problem in problems(wrong | {"table": None})} == keys - {"table"}


def test_what_is_missing_is_told_at_once() -> None:
    assert [problem.split(" missing")[0] for problem in problems({})] == [
        "from is",
        "url is",
        "username and #password are",
        "tables is",
    ]
    assert problems({**EXTRACTOR, "#password": None}) == ["#password is missing; #access_token would do as well"]


def test_a_token_is_enough() -> None:
    found = Parameters.parse({**EXTRACTOR, "username": "", "#password": None, "#access_token": "abc"})
    assert found.access_token == "abc"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tables": "tickets", "output_format": "extractor"}, "its columns are fixed in the format extractor"),
        ({"tables": "tickets_views", "output_format": "revolt"}, "which this output_format does not have"),
    ],
)
def test_formats_of_their_own_have_no_choice_of_columns(changes: dict[str, str], words: str) -> None:
    options = {} if "views" in changes["tables"] else {"table_options": [{"table": "tickets", "fields": "title"}]}
    [problem] = problems({**EXTRACTOR, **options, **changes})
    assert words in problem


def test_a_filter_belongs_to_a_stream_that_is_read_by_itself() -> None:
    derived = {"tables": "tickets_statuses", "table_options": [{"table": "tickets_statuses", "filter": FILTER}]}
    assert "made of rows of 'tickets'" in problems({**EXTRACTOR, **derived})[0]
    twice = {"tables": "calls, activities_call", "table_options": [{"table": "calls", "filter": FILTER}]}
    assert problems({**EXTRACTOR, **twice}) == ["tables has two filters for 'activities_call', which is read only once"]


def test_only_what_a_button_needs_is_looked_at() -> None:
    found = Parameters.parse({"server": "acme", "#access_token": "abc", "from": "soon", "tables": 7}, CONNECTION_KEYS)
    assert found.address.server == "acme"
    with pytest.raises(ConfigError, match=r"^username and #password are missing"):
        Parameters.parse({"server": "acme", "from": "soon"}, CONNECTION_KEYS)


def test_rare_parameters_stand_in_their_group_or_beside_the_others() -> None:
    rare = {"page_size": 50, "backend": "sequential", "settle_minutes": 5, "verify_ssl": "false", "debug": True}
    assert parse(advanced=rare) == parse(**rare)
    assert parse(advanced=rare, page_size="50") == parse(**rare)
    assert problems({**EXTRACTOR, "advanced": rare, "page_size": 60}) == [
        "page_size and advanced.page_size are one setting, and say different things; leave out one of them"
    ]
    for untouched in ({}, [], None, "", dict.fromkeys(rare)):
        assert parse(advanced=untouched) == Parameters.parse(EXTRACTOR)


def test_the_choice_of_credentials_decides_where_all_are_given() -> None:
    both = {**EXTRACTOR, "#access_token": "abc"}
    used = {
        chosen: set(connection_settings(Parameters.parse({**both, "authentication": chosen})))
        & {"access_token", "username", "password"}
        for chosen in (None, "token", "Password")
    }
    assert used == {
        None: {"access_token", "username", "password"},
        "token": {"access_token"},
        "Password": {"username", "password"},
    }


@pytest.mark.parametrize(
    ("changes", "missing", "instead"),
    [
        ({"authentication": "token"}, "#access_token is", "fill it in, or choose 'password' to use username and #pass"),
        (
            {"authentication": "password", "#password": "", "#access_token": "abc"},
            "#password is",
            "fill it in, or choose 'token' to use #access_token",
        ),
        (
            {"authentication": "password", "username": None, "#password": None},
            "username and #password are",
            "fill them in, or choose 'token' to use #access_token",
        ),
    ],
    ids=["token", "password", "neither"],
)
def test_credentials_that_were_chosen_are_missed(changes: dict[str, Any], missing: str, instead: str) -> None:
    [problem] = problems({**EXTRACTOR, **changes})
    assert problem.startswith(f"{missing} missing, which authentication '{changes['authentication']}' needs: {instead}")


def test_a_row_may_have_an_output_format_of_its_own() -> None:
    row = {"table": "tickets", "output_format": "revolt"}
    for unchosen in (None, "", "configuration"):
        assert parse(**row, row_output_format=unchosen).output_format == "revolt"
    assert parse(**row, row_output_format="JSON").output_format == "json"


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ({"tables": "users, queues"}, "tables of"),
        ({"tables": 7, "table_options": [{"table": "users"}]}, "tables and table_options (of other tables) of"),
        ({"tables": None, "table_options": [{"table": "tickets", "fields": "title"}]}, ""),
    ],
    ids=["tables", "both", "options of this table"],
)
def test_what_a_row_does_not_read_is_told(caplog: pytest.LogCaptureFixture, root: dict[str, Any], told: str) -> None:
    assert [request.table for request in requests(parse(**root, table="tickets"))] == ["tickets"]
    assert [message.partition(" the configuration")[0] for message in caplog.messages] == [told][: bool(told)]
    assert all("give each table a row and take tables out of the configuration" in text for text in caplog.messages)


def test_keys_that_mean_nothing_are_told(caplog: pytest.LogCaptureFixture) -> None:
    parse(tabels="tickets", xyz=1)
    assert caplog.messages == ["The configuration has keys that mean nothing to the component: tabels (tables?), xyz"]


def test_secrets_are_known_and_not_shown() -> None:
    found = parse(__access_token="canary-token")
    assert set(secrets(found)) == {"your_password", "canary-token"}
    assert "your_password" not in repr(found)
    assert "canary-token" not in repr(found)

"""Mistakes that users make: each sentence names the parameter as they wrote it, and how to mend it."""

from typing import Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.parameters import Parameters

GOOD = {"url": "https://acme.daktela.com", "username": "me", "#password": "x", "from": "-7", "tables": "tickets"}
NONE = "which is none of today, -7, 2024-01-31 and words such as '7 days ago'"
FILTER = '{"field": "stage", "operator": "eq", "value": "OPEN"}'
ROW = {**GOOD, "tables": None, "table": "tickets"}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({**ROW, "table": "tickts"}, "table names 'tickts', which Daktela does not have; the nearest is 'tickets'"),
        ({**ROW, "fields": ["titel"]}, "fields of 'tickets': there is no 'titel'; the nearest is 'title'"),
        (
            {**ROW, "table": ["tickets", "users"]},
            "table names 2 tables; a row has one: add a row for each, or use tables instead of rows",
        ),
        (
            {**ROW, "filter": {"and": [{"field": "stage", "operator": "eq", "value": "OPEN"}]}},
            'filter is wrong: write {"logic": "and", "filters": [...]} instead of "and"',
        ),
        (
            {**ROW, "filter": "stage = OPEN"},
            (
                "filter is not JSON: line 1, column 1: JSON begins with a bracket; this is another format; "
                f"a filter is, for example, {FILTER}"
            ),
        ),
        (
            {**ROW, "filter": {"field": "stage", "operator": "=", "value": "OPEN"}},
            "filter is wrong: there is no operator '='; the nearest is 'eq'",
        ),
        ({**GOOD, "tables": " , "}, "tables names nothing; it is, for example, activities, tickets"),
        ({**GOOD, "tables": [" ", ""]}, "tables names nothing; it is, for example, activities, tickets"),
        ({**GOOD, "tables": []}, "tables is missing; it is, for example, activities, tickets; a row has table instead"),
        (
            {**GOOD, "row_output_format": "json"},
            "row_output_format belongs to a row with one table; use output_format",
        ),
        ({**GOOD, "fields": "title"}, "fields belongs to a row with one table; use table_options"),
        (
            {**GOOD, "tables": "tickets and users"},
            "tables names 'tickets and users'; put commas between several tables",
        ),
        ({**GOOD, "tables": "tickets; users"}, "tables names 'tickets; users'; put commas between several tables"),
        ({**GOOD, "tables": "skills"}, "tables names 'skills', which Daktela does not have; the nearest is 'groups'"),
        (
            {**GOOD, "from": 20261101},
            f"from is '20261101', {NONE}; write 2026-11-01",
        ),
        (
            {**GOOD, "from": 1},
            f"from is '1', {NONE}; 1 day back is -1",
        ),
        (
            {**GOOD, "to": "2026-13-01"},
            "to is wrong: '2026-13-01' is not a date of the calendar: month must be in 1..12",
        ),
        ({**GOOD, "from": ""}, "from is missing; it is, for example, -7, 2024-01-31 or '7 days ago'"),
        ({**GOOD, "from": []}, "from is missing; it is, for example, -7, 2024-01-31 or '7 days ago'"),
        ({**GOOD, "from": True}, "from must be text, such as -7, 2024-01-31 or '7 days ago'"),
        ({**GOOD, "from": {"days": 7}}, "from must be text, such as -7, 2024-01-31 or '7 days ago'"),
        (
            {**GOOD, "date_from": "-3"},
            "from and date_from are one setting, and say different things; leave out one of them",
        ),
        (
            {**ROW, "from": None, "date_from": "soon"},
            f"date_from is 'soon', {NONE}",
        ),
        ({**GOOD, "user": "you"}, "username and user are one setting, and say different things; leave out one of them"),
        ({**GOOD, "#password": None, "password": "x"}, "#password is missing; #access_token would do as well"),
        (
            {**GOOD, "url": "https://acme.daktela.com/api/v6"},
            "url must end after the host: leave out the path and whatever follows it",
        ),
        (
            {**GOOD, "advanced": {"page_size": 5000}},
            "advanced.page_size must be a whole number from 1 to 1000, not 5000",
        ),
        (
            {**GOOD, "destination": {"load_type": "append"}},
            "destination.load_type must be true or false, or incremental_load or full_load",
        ),
        (
            {**GOOD, "tables": "all"},
            "tables names 'all', but there is no word for all tables: name those that you need",
        ),
        ({**GOOD, "from": " "}, "from is blank; it is, for example, -7, 2024-01-31 or '7 days ago'"),
        (
            {**GOOD, "ca_bundle": "/data/in/files/ca.pem"},
            "ca_bundle must be the text of certificates, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
        ),
    ],
)
def test_a_mistake_is_told_so_that_it_can_be_mended(parameters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Parameters.parse(parameters)
    [problem] = caught.value.problems
    assert problem == sentence


def test_names_that_mean_nothing_are_told_with_the_one_that_was_meant(caplog: pytest.LogCaptureFixture) -> None:
    Parameters.parse({**GOOD, "Tabels": 1, "advanced": {"page_sise": 9}, "connection": {"login": "x"}})
    [told] = caplog.messages
    assert told.endswith(
        "to the component: Tabels (tables?), advanced.page_sise (page_size?), connection.login (username?)"
    )

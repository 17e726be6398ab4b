"""The names by which tables can be asked for."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.names import OLDER_NAMES
from tap_daktela.keboola.config.table_names import NEAREST, fixed_table_name, stream_of
from tap_daktela.keboola.config.table_selection import KNOWN


@pytest.mark.parametrize(
    ("table", "stream"),
    [
        ("records", "campaigns_records"),
        ("campaigns", "campaigns_types"),
        ("categories", "tickets_categories"),
        ("activities_chat", "activities_web"),
        ("activitiesChat", "activities_web"),
        ("activitiesCall", "activities_call"),
        ("activitiesEmail", "activities_email"),
        ("calls", "activities_call"),
        ("emails", "activities_email"),
        ("campaignsRecords", "campaigns_records"),
        ("crmRecords", "crm_records"),
        ("tickets", "tickets"),
    ],
)
def test_names_of_older_components_are_understood(table: str, stream: str) -> None:
    assert stream_of(table, KNOWN) == stream


@pytest.mark.parametrize(
    ("table", "nearest"), [("notes", "activities"), ("skills", "groups"), ("tikets", "tickets"), ("user", "users")]
)
def test_a_name_that_daktela_does_not_have_is_told_with_the_nearest_one(table: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"names '{table}', which Daktela does not have; the nearest is '{nearest}'"):
        stream_of(table, KNOWN)


def test_a_name_that_is_near_nothing_is_told_too() -> None:
    with pytest.raises(ValueError, match=r"names 'xyzzy', which Daktela does not have$"):
        stream_of("xyzzy", KNOWN)


def test_the_ledger_of_the_tap_is_no_table() -> None:
    with pytest.raises(ValueError, match=r"names 'tap_daktela_windows', which only the tap writes by itself"):
        stream_of("tap_daktela_windows", KNOWN)


def test_all_other_names_lead_to_streams() -> None:
    assert set(OLDER_NAMES.values()) <= set(KNOWN)
    assert set(NEAREST.values()) <= set(KNOWN)
    assert not set(NEAREST) & (set(KNOWN) | set(OLDER_NAMES))


def test_a_format_with_tables_of_its_own_has_them_under_its_own_names() -> None:
    own = ("activitiesCall", "campaigns", "tickets", "skills")
    assert fixed_table_name("activities_call", own, KNOWN) == "activitiesCall"
    assert fixed_table_name("campaigns_types", own, KNOWN) == "campaigns"
    assert fixed_table_name("skills", own, KNOWN) == "skills"
    with pytest.raises(ValueError, match=r"names 'ticket_views', which Daktela does not have"):
        fixed_table_name("ticket_views", own, KNOWN)
    with pytest.raises(ValueError, match=r"names 'tickets_views', which this output_format does not have; .*'tickets'"):
        fixed_table_name("tickets_views", own, KNOWN)

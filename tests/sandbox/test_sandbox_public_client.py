"""Daktela's own client for Python reads from the sandbox as it would from an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import daktela
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.sandbox_client import Client


@pytest.fixture(scope="module")
def public(client: Client) -> Iterator[Any]:
    config = daktela.DaktelaConfig(url=client.sandbox.url, access_token=client.sandbox.access_token)
    with daktela.DaktelaClient(config) as public:
        yield public


def test_ping_and_one_record(public: Any) -> None:
    assert public.ping() is True
    assert public.get_one("tickets", "10001").data["name"] == 10001


def test_filter_sort_fields_and_total(client: Client, public: Any) -> None:
    query = (
        daktela.DaktelaQuery()
        .fields("name", "stage", "category.title")
        .filter(daktela.DaktelaFilter.eq("stage", "OPEN"))
        .sort(daktela.DaktelaSort.asc("name"))
        .pagination(take=5)
    )
    response = public.get("tickets", query)
    expected = [row["name"] for row in client.all("tickets", "name", "stage") if row["stage"] == "OPEN"]
    assert response.total == len(expected)
    assert [row["name"] for row in response.data] == sorted(expected)[:5]
    assert all(set(row) == {"name", "stage", "category"} for row in response.data)


def test_iterating_over_all_rows(client: Client, public: Any) -> None:
    query = daktela.DaktelaQuery().fields("id_call").sort(daktela.DaktelaSort.asc("id_call"))
    found = [row["id_call"] for row in public.iterate("activitiesCall", query, page_size=50)]
    assert found == sorted(row["id_call"] for row in client.all("activitiesCall", "id_call"))


def test_a_relation(client: Client, public: Any) -> None:
    activity = next(row for row in client.all("activities", "name", "ticket.name") if row["ticket"])
    related = public.get_relation("tickets", str(activity["ticket"]["name"]), "activities")
    assert activity["name"] in [row["name"] for row in related.data]


@pytest.mark.parametrize(
    ("path", "error"),
    [("sipDevices", "DaktelaForbiddenException"), ("nothing", "DaktelaNotFoundException")],
)
def test_errors(public: Any, path: str, error: str) -> None:
    with pytest.raises(getattr(daktela, error)):
        public.get(path)


def test_a_wrong_token(client: Client) -> None:
    config = daktela.DaktelaConfig(url=client.sandbox.url, access_token="wrong")
    with daktela.DaktelaClient(config) as public, pytest.raises(daktela.DaktelaUnauthorizedException):
        public.get("tickets")

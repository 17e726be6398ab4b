"""Pages of one range: how many there may be, and how many rows they have."""

from __future__ import annotations

import pytest

from tap_daktela.errors import ContractError
from tap_daktela.sync.reading import pages
from tests.helpers.engine.reading_driver import ListServer, read_one_by_one, spelled, tickets


def test_a_server_without_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 3)
    server = ListServer(tickets(40))
    with pytest.raises(ContractError, match=r"the instance sends more than 3 pages, and no end"):
        read_one_by_one(server, None, totals=[40])
    assert len(server.asked) == 3
    driven, _ = read_one_by_one(ListServer(tickets(25)), None, totals=[25])
    assert driven.keys == [*range(1, 26)]


def test_pages_are_fitted_to_long_rows() -> None:
    server = ListServer(tickets(25), row_bytes=2 * 2**20 // 5)
    driven, found = read_one_by_one(server, None, totals=[25])
    assert [line.rpartition("+")[2] for line in spelled(server.asked)] == ["10", "5", "5", "5", "5"]
    # The last one is full, so another looks behind it.
    assert (driven.keys, found.quirks.page_size) == ([*range(1, 26)], 5)

"""Pages that cannot be read: the reading stops, or goes on and tells at its end what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import ConfigError, IncompleteError, RateLimitError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tests.python_client.conftest import Reading


def came(rows: Iterator[Any]) -> tuple[list[int], IncompleteError | None]:
    """Return the keys that came, and the error at the end."""
    keys = []
    try:
        keys.extend(row["name"] for row in rows)
    except IncompleteError as error:
        return keys, error
    return keys, None


def test_a_page_that_fails_once_is_made_up_for(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300, fault=("500@3",))
    keys, error = came(one.daktela.rows("tickets", page_size=20, on_error="skip"))
    assert error is None
    assert sorted(map(str, keys)) == sorted(one.keys("tickets"))
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("sort", ["-edited", ()])
def test_what_is_missing_is_told_at_the_end(reading: Callable[..., Reading], sort: Any) -> None:
    # Every third request fails: of the pages, and of the keys that are read behind them.
    one = reading(rows=300, fault=tuple(f"500@{number}" for number in range(3, 60, 3)))
    keys, error = came(one.daktela.rows("tickets", sort=sort, page_size=20, on_error="skip"))
    assert error is not None
    assert len(keys) == len(set(keys))
    assert "some rows could not be read: " in str(error)
    assert any("rows 20 to 39: GET tickets" in sentence or "HTTP 500" in sentence for sentence in error.skipped)
    assert 0 < len(keys) < len(one.keys("tickets"))


def test_it_is_told_even_if_enough_rows_came(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300, fault=("500@2",))
    keys, error = came(one.daktela.rows("tickets", sort="name", page_size=10, max_rows=25, on_error="skip"))
    assert len(keys) == 25
    assert error is not None
    assert error.skipped[0].startswith("rows 0 to 9: ") or error.skipped[0].startswith("rows 5 to 14: ")


def test_three_failures_in_a_row_end_it(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300, fault=("500=1",))
    with pytest.raises(RemoteError, match="HTTP 500"):
        list(one.daktela.rows("tickets", page_size=20, on_error="skip"))
    assert one.requests() == 3


def test_without_skipping_the_first_failure_ends_it(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300, fault=("429@3",), retry_after=7)
    with pytest.raises(RateLimitError) as error:
        list(one.daktela.rows("tickets", sort="-edited", page_size=20))
    assert error.value.retry_after == 7


def test_a_wrong_order_is_told_even_if_the_first_page_fails(reading: Callable[..., Reading]) -> None:
    one = reading(rows=100, fault=("500@1",))
    with pytest.raises(ConfigError, match="cannot sort by titel;"):
        list(one.daktela.rows("tickets", sort="titel", page_size=10, on_error="skip"))

"""What leads to an instance."""

from __future__ import annotations

from tap_daktela.daktela.connection import Connection
from tests.helpers.http_stub import PASSWORD, TOKEN

LEAST = {
    "base_url": "https://mycompany.daktela.com", "verify_ssl": True, "ca_bundle": None, "user_agent": "tap-daktela/1",
    "requests_per_second": None, "concurrency": 8, "small_concurrency": 8, "request_timeout": 300.0, "max_retries": 8,
}  # fmt: skip


def test_no_secret_is_shown() -> None:
    connection = Connection(**LEAST, access_token=TOKEN, username="reporter", password=PASSWORD)
    for shown in (repr(connection), str(connection), f"{connection!s}"):
        assert "reporter" in shown
        assert TOKEN not in shown
        assert PASSWORD not in shown


def test_without_credentials_and_zone() -> None:
    connection = Connection(**LEAST)
    nothing = (connection.access_token, connection.username, connection.password, connection.timezone)
    assert nothing == (None, None, None, None)

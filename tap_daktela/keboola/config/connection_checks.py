"""Whether the parameters of the connection go together: the address, and the credentials."""

from collections.abc import Mapping
from typing import Any

from tap_daktela.keboola.config.address import address

CONNECTION_KEYS = frozenset({
    "url", "server", "authentication", "username", "#password", "#access_token", "timezone", "backend", "concurrency",
    "verify_ssl", "ca_bundle",
})  # fmt: skip
"""The parameters of the way to the instance."""

_CREDENTIALS = {"token": ("#access_token",), "password": ("username", "#password")}
_OTHER = {"token": "password", "password": "token"}


def problems(given: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between the parameters of the connection; see `declared.Check`."""
    found = []
    if {"url", "server"}.intersection(given) == {"url", "server"}.intersection(values):
        try:
            address(values.get("url"), values.get("server"))
        except ValueError as error:
            found.append(f"{'server' if 'server' in given else 'url'} {error}")
    chosen = values.get("authentication")
    missing = [key for key in _CREDENTIALS[chosen or "password"] if key not in given]
    if not missing or (chosen is None and "#access_token" in given):
        return found
    sentence = f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing"
    if chosen is None:
        return [*found, f"{sentence}; #access_token would do as well"]
    # The form hides the fields of the other choice, and keeps what is in them.
    other = _OTHER[chosen]
    instead = f", or choose '{other}' to use {' and '.join(_CREDENTIALS[other])}"
    return [
        *found,
        f"{sentence}, which authentication '{chosen}' needs: fill {'them' if len(missing) > 1 else 'it'} in{instead}",
    ]

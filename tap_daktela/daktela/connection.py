"""Where one instance is, how the tap logs in there, and how many requests it may send."""

import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from requests.adapters import BaseAdapter

from tap_daktela import __version__

USER_AGENT = f"tap-daktela/{__version__}"
"""The `User-Agent` header of the requests, unless the user sets another one."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How one instance is reached.

    `base_url` has no slash at its end. Either `access_token` is given, or `username` and `password`. `timezone` is an
    IANA name that overrides the one of the instance. `ca_bundle` is a file or folder of certificates to trust.
    `requests_per_second` is a cap (None: no cap), `concurrency` the most requests in flight, `small_concurrency` the
    most of those for a few rows, `request_timeout` the seconds within which a request must be answered,
    `connect_timeout` those within which a connection must stand, `max_retries` how often a failed request is repeated.

    What only the Python client has: `user_agent_suffix` is added to `user_agent`. `proxy` is the URL of a proxy, which
    may hold a user and a password; None: as the environment says. Requests go through a `session` or an `adapter` of
    requests that the user hands in. `logger` gets the messages of the client; None: loggers of the package. `spelled`
    is what errors call the settings that have another name there.
    """

    base_url: str
    access_token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timezone: str | None = None
    verify_ssl: bool
    ca_bundle: str | None
    user_agent: str
    requests_per_second: float | None
    concurrency: int
    small_concurrency: int
    request_timeout: float
    max_retries: int
    connect_timeout: float = 10.0
    user_agent_suffix: str | None = None
    proxy: str | None = field(default=None, repr=False)
    session: requests.Session | None = None
    adapter: BaseAdapter | None = None
    logger: "logging.Logger | logging.LoggerAdapter[logging.Logger] | None" = None
    spelled: Mapping[str, str] = field(default_factory=dict, hash=False)

    def called(self, setting: str) -> str:
        """Return the name of a setting where the user sets it."""
        return self.spelled.get(setting, setting)


def is_this_computer(host: str) -> bool:
    """Tell whether a host is this computer itself, by its name or address: there no proxy and no TLS is needed.

    `host` has no brackets. Names below `localhost` belong to it by RFC 6761.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f".{host.lower().rstrip('.')}".endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback

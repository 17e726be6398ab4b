"""Where one instance is, how the tap logs in there, and how many requests it may send."""

import ipaddress
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How one instance is reached.

    `base_url` has no slash at its end. Either `access_token` is given, or `username` and `password`. `timezone` is an
    IANA name that overrides the one of the instance. `ca_bundle` is a file or folder of certificates to trust.
    `requests_per_second` is a cap (None: no cap), `concurrency` the most requests in flight, `request_timeout` the
    seconds within which a request must be answered, `max_retries` how often a failed request is repeated.
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
    request_timeout: float
    max_retries: int


def is_this_computer(host: str) -> bool:
    """Tell whether a host is this computer itself, by its name or address: there no proxy and no TLS is needed.

    `host` has no brackets. Names below `localhost` belong to it by RFC 6761.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f".{host.lower().rstrip('.')}".endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback

"""The error with which a request ends that has no usable response. Pure."""

from urllib.parse import urlsplit

import requests

from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.decisions import ADDRESS, Act, Decision
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import (
    CertificateError,
    ConfigError,
    RateLimitError,
    RemoteError,
    UnknownHostError,
    UnreachableError,
)
from tap_daktela.redaction import redactor


def given_up(told: str, failures: int, decision: Decision, *, is_reached: bool) -> RemoteError:
    """Return the error for a request that failed so often, the last time as `decision` says.

    `told` names the request and the instance. `is_reached` tells whether a request of any thread was answered since the
    first try; if not, other streams will fail as well.
    """
    tries = f"{failures} tries" if failures > 1 else "one try"
    check = f"; check {decision.suspect}" if decision.suspect else ""
    sentence = f"{told} gave no usable answer in {tries}: {decision.reason}{check}"
    if decision.status == requests.codes.too_many_requests:
        return RateLimitError(sentence, decision.wait)
    return RemoteError(sentence) if is_reached else UnreachableError(sentence)


def wrong_settings(connection: Connection, decision: Decision, response: RawResponse | None) -> ConfigError:
    """Return the error for a redirect, or for a failure in place of a response, that only other settings mend."""
    address, base_url, reason = connection.called(ADDRESS), connection.base_url, decision.reason
    ca_bundle, verify_ssl = connection.called("ca_bundle"), connection.called("verify_ssl")
    if decision.act is Act.NO_PROXY:
        remedy = f"; {ca_bundle} has to hold the certificate of its authority, too" if decision.suspect else ""
        return ConfigError(f"{reason}{remedy}")
    if decision.act is Act.NO_HOST:
        return UnknownHostError(f"{address} names an unknown host: {base_url} ({reason})")
    if response is None:
        return CertificateError(
            f"the certificate of {base_url} is not trusted ({reason}): "
            f"name your authority's certificates in {ca_bundle}, or set {verify_ssl} to false if you must"
        )
    try:
        target = urlsplit(response.headers.get("Location", ""))
    except ValueError:
        target = urlsplit("")
    to = redactor.from_outside(f"{target.scheme}://{target.hostname}") if target.hostname else "elsewhere"
    return ConfigError(f"{address} is not where the API is: {base_url} redirects to {to} ({reason})")

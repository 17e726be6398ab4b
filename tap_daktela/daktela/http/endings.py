"""The error with which a request ends that has no usable response. Pure."""

from urllib.parse import urlsplit

import requests

from tap_daktela.daktela.http.decisions import ADDRESS, Act, Decision
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import ConfigError, RateLimitError, RemoteError, UnknownHostError, UnreachableError
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


def wrong_settings(base_url: str, decision: Decision, response: RawResponse | None) -> ConfigError:
    """Return the error for a redirect, or for a failure in place of a response, that only other settings mend."""
    if decision.act is Act.NO_PROXY:
        return ConfigError(decision.reason)
    if decision.act is Act.NO_HOST:
        return UnknownHostError(f"{ADDRESS} names an unknown host: {base_url} ({decision.reason})")
    if response is None:
        return ConfigError(
            f"the certificate of {base_url} is not trusted ({decision.reason}): "
            "name your authority's certificates in ca_bundle, or set verify_ssl to false if you must"
        )
    try:
        target = urlsplit(response.headers.get("Location", ""))
    except ValueError:
        target = urlsplit("")
    to = redactor.from_outside(f"{target.scheme}://{target.hostname}") if target.hostname else "elsewhere"
    return ConfigError(f"{ADDRESS} is not where the API is: {base_url} redirects to {to} ({decision.reason})")

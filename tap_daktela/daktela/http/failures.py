"""What to do about a failure that came in place of a response. Pure, so that it is tested as a table."""

import re
import ssl
from collections.abc import Iterator, Sequence
from http.client import BadStatusLine, RemoteDisconnected

import requests
import urllib3

from tap_daktela.daktela.http.decisions import ADDRESS, Act, BrokenResponse, Decision
from tap_daktela.daktela.http.proxies import Proxy
from tap_daktela.redaction import redactor

_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
# What OpenSSL says of a server that speaks plain text, by its version.
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
_TLS_ALERT = "\x15\x03"


class ProxyFailure(Exception):  # noqa: N818 - the failure is the proxy's
    """The proxy let nothing through; the cause says why. As text it names the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(f"the proxy {proxy.name} (from {proxy.variable})")
        self.variable = proxy.variable


def about_failure(failure: Exception, *, reached: bool) -> Decision:
    """Return what to do about a failure that came in place of a response.

    `reached` tells that an instance has responded before: then the settings are right, and the failure will pass.
    """
    chain = list(_causes(failure))
    if isinstance(failure, BrokenResponse):
        return Decision(Act.RETRY, str(failure))
    if isinstance(failure, ProxyFailure):
        return _about_proxy(failure, chain, reached=reached)
    if _is_ours(failure, chain):
        return Decision(Act.RAISE, str(failure))
    return _about_network(failure, chain, reached=reached)


def _is_ours(failure: Exception, chain: Sequence[BaseException]) -> bool:
    """Tell whether a failure is our own mistake. A wrong header is the server's where urllib3 says so, else ours."""
    if isinstance(failure, requests.exceptions.InvalidHeader):
        return not any(isinstance(cause, urllib3.exceptions.HTTPError) for cause in chain)
    return isinstance(failure, requests.exceptions.InvalidURL) or not isinstance(failure, _FAILURES)


def _about_network(failure: Exception, chain: Sequence[BaseException], *, reached: bool) -> Decision:
    """Return what to do where the way to the instance, or the instance itself, failed."""
    reason = _found(chain[-1])
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain) or _is_about_a_file(failure):
        return Decision(Act.NO_TRUST, reason)
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in chain) and not reached:
        return Decision(Act.NO_HOST, reason)
    # Where a connection stands, whoever says nothing may be a busy instance.
    is_silent = isinstance(failure, requests.ReadTimeout) and "handshake" not in reason
    if reached or is_silent or not isinstance(failure, (requests.ConnectionError, requests.Timeout)):
        return Decision(Act.RETRY, reason)
    return Decision(Act.DOUBT, reason, suspect=ADDRESS)


def _about_proxy(failure: ProxyFailure, chain: Sequence[BaseException], *, reached: bool) -> Decision:
    """Return what to do where the proxy lets nothing through, for the last cause of the `chain`."""
    refusal = re.match(r"Tunnel connection failed: (\d{3})", str(chain[-1]))
    status = int(refusal[1]) if refusal else 0
    reason = f"{failure} lets nothing through: {f'HTTP {status}' if status else _found(chain[-1])}"
    if status == requests.codes.proxy_authentication_required:
        # Tried once: wrong passwords lock accounts.
        reason += f"; write the right user and password into {failure.variable}, as in http://user:password@host:port"
        return Decision(Act.NO_PROXY, reason)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return Decision(Act.NO_PROXY, reason, suspect="ca_bundle")
    if reached or status >= requests.codes.server_error:
        return Decision(Act.RETRY, reason)
    return Decision(Act.DOUBT, reason, suspect=failure.variable)


def _found(failure: BaseException) -> str:
    """Return what a failure shows of whoever answers, as far as that is known, and its own text."""
    words = redactor.from_outside(failure)  # They may repeat what was sent.
    text = f"{type(failure).__name__}: {words}" if words else type(failure).__name__
    if isinstance(failure, ConnectionRefusedError):
        return f"nothing listens there ({text})"
    if isinstance(failure, ssl.SSLError) and getattr(failure, "reason", None) in _NO_TLS:
        return f"it answers without TLS ({text})"
    if isinstance(failure, BadStatusLine) and not isinstance(failure, RemoteDisconnected):
        found = "it answers with TLS" if str(failure).startswith(_TLS_ALERT) else "it does not speak HTTP"
        return f"{found} ('{words[:40]}')"
    return text


def _is_about_a_file(failure: Exception) -> bool:
    """Tell whether a file of certificates cannot be read, which requests reports as a plain OSError."""
    network = (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError, ssl.SSLError)
    return isinstance(failure, OSError) and not isinstance(failure, network)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """Yield a failure and what caused it: requests and urllib3 also wrap causes in arguments and attributes."""
    seen: set[int] = set()
    current: BaseException | None = failure
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        inner = [getattr(current, "reason", None), *reversed(current.args)]
        wrapped = next((one for one in inner if isinstance(one, BaseException)), None)
        current = wrapped or current.__cause__ or current.__context__

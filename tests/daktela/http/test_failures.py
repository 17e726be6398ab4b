"""The decision about failures that came in place of a response."""

from __future__ import annotations

import socket
import ssl
from http.client import BadStatusLine, RemoteDisconnected

import pytest
import requests
import urllib3

from tap_daktela.daktela.http.decisions import ADDRESS, Act, BrokenResponse
from tap_daktela.daktela.http.failures import ProxyFailure, about_failure
from tap_daktela.daktela.http.proxies import Proxy

POOL = urllib3.HTTPSConnectionPool("mycompany.daktela.com")
UNKNOWN_HOST = requests.ConnectionError(
    urllib3.exceptions.MaxRetryError(
        POOL, "/", urllib3.exceptions.NameResolutionError("mycompany.daktela.com", POOL, socket.gaierror(-2, "unknown"))
    )
)
UNTRUSTED = requests.exceptions.SSLError(
    urllib3.exceptions.MaxRetryError(
        POOL, "/", urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    )
)
CUT_TLS = requests.exceptions.SSLError(
    urllib3.exceptions.MaxRetryError(POOL, "/", urllib3.exceptions.SSLError(ssl.SSLEOFError("EOF")))
)
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
NO_TLS.reason = "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("failure", "act", "reason"),
    [
        (BrokenResponse("HTTP 200 without a result"), Act.RETRY, "HTTP 200 without a result"),
        (requests.ReadTimeout("slow"), Act.RETRY, "ReadTimeout: slow"),
        (requests.ConnectTimeout(), Act.DOUBT, "ConnectTimeout"),
        (requests.exceptions.ChunkedEncodingError("cut"), Act.RETRY, "ChunkedEncodingError: cut"),
        (urllib3.exceptions.ProtocolError("broken", ConnectionResetError(104, "reset")), Act.RETRY, "reset"),
        (urllib3.exceptions.IncompleteRead(3, 4), Act.RETRY, "IncompleteRead"),
        (urllib3.exceptions.DecodeError("not gzip"), Act.RETRY, "not gzip"),
        (ConnectionResetError(104, "reset by peer"), Act.RETRY, "reset by peer"),
        (TimeoutError("timed out"), Act.RETRY, "timed out"),
        (CUT_TLS, Act.DOUBT, "EOF"),
        (requests.ConnectionError(ConnectionRefusedError(111, "no")), Act.DOUBT, "nothing listens there (Conn"),
        (requests.exceptions.SSLError(NO_TLS), Act.DOUBT, "it answers without TLS (SSLError: "),
        (requests.ConnectionError(BadStatusLine("SSH-2.0-x\r\n")), Act.DOUBT, "not speak HTTP ('SSH-2.0-x')"),
        (requests.ConnectionError(BadStatusLine("\x15\x03\x01")), Act.DOUBT, r"answers with TLS ('\x15\x03\x01')"),
        (requests.ConnectionError(RemoteDisconnected("closed")), Act.DOUBT, "RemoteDisconnected: closed"),
        (requests.ReadTimeout(TimeoutError("The handshake operation timed out")), Act.DOUBT, "handshake"),
        (UNKNOWN_HOST, Act.NO_HOST, "unknown"),
        (UNTRUSTED, Act.NO_TRUST, "self-signed"),
        (OSError("Could not find a suitable TLS CA certificate bundle"), Act.NO_TRUST, "bundle"),
        (requests.exceptions.InvalidURL("bad"), Act.RAISE, "bad"),
        (requests.exceptions.InvalidURL(urllib3.exceptions.LocationParseError("bad")), Act.RAISE, "bad"),
        (requests.exceptions.InvalidHeader("ours"), Act.RAISE, "ours"),
        (requests.exceptions.InvalidHeader(urllib3.exceptions.InvalidHeader("theirs")), Act.RETRY, "theirs"),
        (KeyError("ours"), Act.RAISE, "ours"),
    ],
)
def test_failures(failure: Exception, act: Act, reason: str) -> None:
    decision = about_failure(failure, reached=False)
    assert decision.act is act
    assert reason in decision.reason


@pytest.mark.parametrize("failure", [UNKNOWN_HOST, CUT_TLS, requests.ConnectTimeout()])
def test_an_instance_that_has_answered_is_there(failure: Exception) -> None:
    decision = about_failure(failure, reached=True)
    assert (decision.act, decision.suspect) == (Act.RETRY, "")


def test_who_is_suspected_at_the_first_contact() -> None:
    decision = about_failure(CUT_TLS, reached=False)
    assert decision.suspect == ADDRESS
    assert decision.reason.startswith("SSLEOFError: ")


def proxy_failure(cause: Exception) -> ProxyFailure:
    failure = ProxyFailure(Proxy("http://me:canary-5f0e2b@p:1", "http://p:1", "HTTPS_PROXY"))
    failure.__cause__ = requests.exceptions.ProxyError(urllib3.exceptions.ProxyError("no tunnel", cause))
    return failure


@pytest.mark.parametrize(
    ("cause", "first", "later", "words"),
    [
        (OSError("Tunnel connection failed: 407 Who"), Act.NO_PROXY, Act.NO_PROXY, "HTTP 407; write the right user"),
        (OSError("Tunnel connection failed: 403 No"), Act.DOUBT, Act.RETRY, "HTTP 403"),
        (OSError("Tunnel connection failed: 500 Bad"), Act.RETRY, Act.RETRY, "HTTP 500"),
        (OSError("Tunnel connection failed: 502 Bad"), Act.RETRY, Act.RETRY, "HTTP 502"),
        (ConnectionRefusedError(111, "no"), Act.DOUBT, Act.RETRY, "nothing listens there"),
        (UNKNOWN_HOST.args[0].reason, Act.DOUBT, Act.RETRY, "unknown"),
        (BadStatusLine("SSH"), Act.DOUBT, Act.RETRY, "it does not speak HTTP"),
        (ssl.SSLCertVerificationError("self-signed"), Act.NO_PROXY, Act.NO_PROXY, "self-signed"),
    ],
)
def test_what_a_proxy_does(cause: Exception, first: Act, later: Act, words: str) -> None:
    decisions = [about_failure(proxy_failure(cause), reached=reached) for reached in (False, True)]
    assert [decision.act for decision in decisions] == [first, later]
    for decision in decisions:
        assert decision.reason.startswith("the proxy http://p:1 (from HTTPS_PROXY) lets nothing through: ")
        assert words in decision.reason
    suspect = "ca_bundle" if isinstance(cause, ssl.SSLCertVerificationError) else ""
    assert decisions[0].suspect == ("HTTPS_PROXY" if first is Act.DOUBT else suspect)


def test_a_reason_is_the_innermost_failure() -> None:
    outer = requests.ConnectionError(urllib3.exceptions.ProtocolError("outer", ConnectionResetError("inner")))
    assert about_failure(outer, reached=False).reason == "ConnectionResetError: inner"


def test_failures_that_name_each_other_as_their_cause_end() -> None:
    one, other = requests.ConnectionError("one"), requests.ConnectionError("other")
    one.__cause__, other.__cause__ = other, one
    assert about_failure(one, reached=False).act is Act.DOUBT

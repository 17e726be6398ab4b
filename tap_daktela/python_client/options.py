"""The arguments with which a `Daktela` is made, read as strictly as the tap's settings."""

import logging
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import requests
from requests.adapters import BaseAdapter

from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.decisions import ADDRESS
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.settings import Settings, contradictions, declared

_SPELLED = {ADDRESS: "url", "request_timeout": "timeout", "verify_ssl": "verify", "ca_bundle": "verify"}


def connection(
    url: str,
    *,
    access_token: str | None,
    username: str | None,
    password: str | None,
    timezone: str | None,
    requests_per_second: float | None,
    concurrency: int,
    timeout: float,
    verify: bool | str | os.PathLike[str],
    retry: object,
    **own: Any,
) -> Connection:
    """Return how the instance is reached; one ConfigError with everything that is wrong with the arguments.

    `retry` is only checked. `own` are the values of a `Connection` that no setting of the tap has: all but `spelled`.
    """
    bundle = os.fspath(verify) if isinstance(verify, str | os.PathLike) else None
    values = {
        "url": url,
        "access_token": access_token,
        "username": username,
        "password": password,
        "timezone": timezone,
        "requests_per_second": requests_per_second,
        "concurrency": concurrency,
        "request_timeout": timeout,
        "verify_ssl": verify if isinstance(verify, bool) else None,
        "ca_bundle": bundle,
    }
    given = {name: value for name, value in values.items() if value is not None or name == "url"}
    problems = _problems(own)
    if not isinstance(retry, (Retry, type(None))):
        problems.append(f"retry must be a Retry, as in Retry.default(), not a {type(retry).__name__}")
    if bundle is None and not isinstance(verify, (bool, type(None))):
        problems.append("verify must be True, False or the path of a file or folder of certificates")
    checks = [contradictions, lambda *_: problems]
    settings = declared.parse(Settings, given, checks, reader="the client", keys=list(values), spelled=_SPELLED)
    return replace(settings.connection, **own, spelled=_SPELLED)


def _problems(own: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with values of a `Connection`, by name, that only the Python client has."""
    kinds: dict[str, tuple[tuple[type, ...], str]] = {
        "proxy": ((str,), "a URL such as http://proxy.example:3128"),
        "session": ((requests.Session,), "a requests.Session"),
        "adapter": ((BaseAdapter,), "an adapter of requests"),
        "logger": ((logging.Logger, logging.LoggerAdapter), "a logging.Logger"),
    }
    problems = [
        f"{name} must be {said}, not a {type(own[name]).__name__}"
        for name, (types, said) in kinds.items()
        if not isinstance(own[name], (*types, type(None)))
    ]
    if own["session"] is not None and own["adapter"] is not None:
        problems.append("session and adapter exclude each other: mount the adapter in the session")
    seconds, suffix = own["connect_timeout"], own["user_agent_suffix"]
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not 0 < seconds < math.inf:
        problems.append(f"connect_timeout must be a number of seconds above 0, not {seconds!r}")
    is_text = isinstance(suffix, str) and suffix.isascii() and suffix.isprintable() and suffix.strip()
    if suffix is not None and not is_text:
        problems.append("user_agent_suffix must be printable ASCII characters, as in MyApp/1.0")
    return problems

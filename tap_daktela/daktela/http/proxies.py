"""The proxy through which an instance is reached: what the user says, or the environment, read as requests reads it."""

import importlib.util
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import get_auth_from_url, get_environ_proxies, select_proxy

from tap_daktela.daktela.connection import is_this_computer
from tap_daktela.errors import ConfigError
from tap_daktela.redaction import redactor

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A proxy: its `url`, which may hold a user and a password, and its `name`, which never does.

    `variable` is the environment variable or the option that names it, as it is spelled there.
    """

    url: str = field(repr=False)
    name: str
    variable: str


def proxy_of(base_url: str, own: str | None = None, session: requests.Session | None = None) -> Proxy | None:
    """Return the proxy for an instance: the user's `own`, else that of a session of the user's, else the environment's.

    None where there is none. This very computer is reached without one, except for an `own` proxy on it. Its user and
    password are hidden from then on. ConfigError where it cannot be used.
    """
    is_here = is_this_computer(urlsplit(base_url).hostname or "")
    if own is not None:
        found = _proxy("proxy", own)
        if is_here and not is_this_computer(urlsplit(found.url).hostname or ""):
            raise ConfigError(f"proxy is not on this computer, as {base_url} is: leave it out")
        return found
    if is_here:
        return None
    if session is not None and (given := select_proxy(base_url, session.proxies)):
        return _proxy("session.proxies", given)
    if session is not None and not session.trust_env:
        return None
    given = select_proxy(base_url, get_environ_proxies(base_url))
    return _proxy(_variable_of(given), given) if given else None


def _proxy(variable: str, given: str) -> Proxy:
    """Return the proxy that a variable or an option names as `given`."""
    url = given if "://" in given else f"http://{given}"
    try:
        parts = urllib3.util.parse_url(url)
    except urllib3.exceptions.LocationParseError:
        parts = urllib3.util.Url()
    if not parts.host or not all("!" <= character <= "~" for character in url):
        # The text is never repeated: it may hold a password.
        raise ConfigError(f"{variable} is not the address of a proxy: write it as http://proxy.example:3128")
    if parts.scheme not in _SCHEMES:
        raise ConfigError(
            f"{variable} names an unknown kind of proxy: it must begin with http://, https:// or socks5://"
        )
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise ConfigError(
            f"{variable} names a SOCKS proxy, for which the package PySocks is missing: pip install PySocks"
        )
    user, password = get_auth_from_url(url)
    redactor.add(password or user)
    redactor.add(parts.auth or "")
    return Proxy(url, f"{parts.scheme}://{parts.netloc}", variable)


def _variable_of(value: str) -> str:
    """Return the name of the environment variable that names a proxy by this value."""
    names = (name for name, one in os.environ.items() if one == value and name.lower().endswith("_proxy"))
    return next(names, "the proxy in the settings of this computer")

"""The settings `url` and `server`: the address of the instance. It receives the credentials, so it is read strictly."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from tap_daktela.settings.types import SettingType

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_NUMBERS = re.compile(r"((\d+|0x[0-9a-f]*)\.)*(\d+|0x[0-9a-f]*)\.?", re.ASCII)


def _url(raw: object) -> str:
    """Return `scheme://host[:port]`. Errors never repeat the text: it may hold a password."""
    if not isinstance(raw, str):
        raise ValueError("must be text, such as https://mycompany.daktela.com")
    try:
        parts = urlsplit(raw.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not an address such as https://mycompany.daktela.com") from None
    if parts.scheme not in {"https", "http"}:
        raise ValueError("must begin with https://, as in https://mycompany.daktela.com")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or a password; they belong into username and password")
    if not _is_plain(raw.strip()) or not _is_host(host, bracketed="[" in parts.netloc) or port == 0:
        raise ValueError("must name a host, as in https://mycompany.daktela.com")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or any(mark in raw for mark in "?#\\"):
        raise ValueError("must end after the host: leave out the path and whatever follows it")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("must begin with https:// (plain http is only for this computer itself)")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


def _server(raw: object) -> str:
    """Return the first part of the name of a host in Daktela's cloud, in lower case."""
    label = raw.strip().lower() if isinstance(raw, str) and raw.isascii() else ""
    if not _LABEL.fullmatch(label):
        raise ValueError("must be the plain name before .daktela.com, such as mycompany; use url for other hosts")
    return label


def _is_plain(text: str) -> bool:
    """Tell whether `text` is only visible ASCII: urlsplit drops line ends, and makes ASCII of some other letters."""
    return all("!" <= character <= "~" for character in text)


def _is_host(host: str, *, bracketed: bool) -> bool:
    """Tell whether `host` is a name, or an address in its usual form. Resolvers read `2130706433` as 127.0.0.1."""
    if bracketed or _NUMBERS.fullmatch(host):
        return _ip(host) is not None and "%" not in host
    return _HOST.fullmatch(host) is not None


def _is_loopback(host: str) -> bool:
    """Tell whether `host` is this computer itself."""
    address = _ip(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


URL = SettingType({"type": "string", "format": "uri"}, _url)
"""The address of an instance."""

SERVER = SettingType({"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"}, _server)
"""The first part of the name of a host in Daktela's cloud."""

"""The settings that are addresses. That of the instance receives the credentials, so it is read strictly."""

import ipaddress
import re
from urllib.parse import urlsplit

from tap_daktela.daktela.connection import is_this_computer
from tap_daktela.settings.types import SettingType

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_NUMBERS = re.compile(r"((\d+|0x[0-9a-f]*)\.)*(\d+|0x[0-9a-f]*)\.?", re.ASCII)

_DATABASE = re.compile(r"[a-z][a-z0-9+]*://", re.ASCII)
_TWO_ATS = re.compile(r"[^:]*://[^:/@]*:[^@]*@[^/?]*@")


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
    # Only visible ASCII: urlsplit drops line ends, and makes ASCII of some other letters.
    is_plain = all("!" <= character <= "~" for character in raw.strip())
    if "[" in parts.netloc or _NUMBERS.fullmatch(host):
        # An address counts only in its usual form: resolvers read `2130706433` as 127.0.0.1.
        is_host = _is_ip(host) and "%" not in host
    else:
        is_host = _HOST.fullmatch(host) is not None
    if not is_plain or not is_host or port == 0:
        raise ValueError("must name a host, as in https://mycompany.daktela.com")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or any(mark in raw for mark in "?#\\"):
        raise ValueError("must end after the host: leave out the path and whatever follows it")
    if parts.scheme == "http" and not is_this_computer(host):
        raise ValueError("must begin with https:// (plain http is only for this computer itself)")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


def _server(raw: object) -> str:
    """Return the first part of the name of a host in Daktela's cloud, in lower case."""
    label = raw.strip().lower() if isinstance(raw, str) and raw.isascii() else ""
    if not _LABEL.fullmatch(label):
        raise ValueError("must be the plain name before .daktela.com, such as mycompany; use url for other hosts")
    return label


def _warehouse(raw: object) -> str:
    """Return the address of a database. Errors never repeat the text: it may hold a password."""
    text = raw.strip() if isinstance(raw, str) else ""
    if not _DATABASE.match(text):
        raise ValueError("must be an address such as postgresql+psycopg://user:password@host:5432/database")
    if _TWO_ATS.match(text):
        raise ValueError("must hold one @, before the host: write those in the user or the password as %40")
    return text


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


URL = SettingType({"type": "string", "format": "uri"}, _url)
"""The address of an instance."""

SERVER = SettingType({"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"}, _server)
"""The first part of the name of a host in Daktela's cloud."""

WAREHOUSE = SettingType({"type": "string"}, _warehouse)
"""The address of a database, as SQLAlchemy reads it."""

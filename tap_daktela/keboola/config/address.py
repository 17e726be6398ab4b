"""Where the instance is, and the name that tables and keys get from it."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tap_daktela.settings.addresses import SERVER, URL

DOMAIN = ".daktela.com"

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*", re.ASCII)
_LONGEST = 40  # Characters. Names of tables have a limit, too.


@dataclass(frozen=True)
class Address:
    """The address of the instance, and its name in tables and keys: letters, digits, `_` and `-`."""

    url: str
    server: str


def address(url: str | None, server: str | None) -> Address:
    """Return both parts; the missing one is derived from the other.

    `url` is what `url_of` returns. `server` is any name if there is a `url`, else the host of the instance.
    ValueError ends a sentence that begins with `url` or `server`.
    """
    if url is None and server is None:
        raise ValueError("is missing: give it, or server")
    if url is None:
        host = str(server).strip().rstrip("/")
        url = url_of(host) if "." in host or ":" in host else f"https://{SERVER.read(host)}{DOMAIN}"
        server = None
    if server is not None and "://" in server:
        return Address(url, _name_of_url(url_of(server)))
    return Address(url, slug(server) if server else _name_of_url(url))


def url_of(raw: object) -> str:
    """Return an address in full: `https://` may be left out. ValueError ends a sentence that begins with `url`."""
    text = raw.strip() if isinstance(raw, str) else raw
    if isinstance(text, str) and "://" not in text:
        text = f"https://{text}"
    if isinstance(text, str) and text.lower().startswith("http://") and _host(text).endswith(DOMAIN):
        # The older extractor accepted such addresses. Daktela's cloud answers with a redirect, which we do not follow.
        text = f"https://{text[len('http://') :]}"
    url: str = URL.read(text)
    return url


def slug(name: str) -> str:
    """Return `name` in lower-case letters, digits, `_` and `-`. Two different names never become the same.

    A name of these characters stays as it is; the dots of a host become `_`. If anything else has to be replaced, the
    name gets a hash behind two underscores, which no host can contain.
    """
    name = name.strip().lower().rstrip("/")
    label = name.removesuffix(DOMAIN)
    if len(label) <= _LONGEST and _PLAIN.fullmatch(label) and "__" not in label:
        return label
    if len(name) <= _LONGEST and _HOST.fullmatch(name):
        return name.replace(".", "_")
    return _with_hash(name)


def _name_of_url(url: str) -> str:
    """Return the name of an instance for which only `url` is given."""
    host = _host(url)
    label = host.removesuffix(DOMAIN)
    if "_" in label or (label == host and "." not in host):
        # As a slug it would look like a host with a dot, or like an instance in Daktela's cloud.
        return _with_hash(host)
    return slug(host)


def _with_hash(name: str) -> str:
    readable = re.sub(r"[^a-z0-9-]+", "_", name).strip("_-")[:_LONGEST] or "server"
    return f"{readable}__{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _host(url: str) -> str:
    """Return the host of an address, with its port unless that is the usual one; ValueError as in `url_of`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        # Python's own sentence repeats the text in place of the port, which may be a part of a password.
        raise ValueError("is not an address such as https://mycompany.daktela.com") from None
    return host if port in (None, 443) else f"{host}:{port}"

"""What things are called: the instance in tables and keys, and streams under the names of the older components."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tap_daktela.catalog.fields import snake
from tap_daktela.settings.addresses import Label, Url

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["ALIASES", "Address", "address", "documented_name", "slug", "stream_of"]

DOMAIN = ".daktela.com"

ALIASES = {
    "activities_chat": "activities_web",
    "calls": "activities_call",
    "campaigns": "campaigns_types",
    "categories": "tickets_categories",
    "chats": "activities_web",
    "emails": "activities_email",
    "files": "activities_attachments",
    "records": "campaigns_records",
    "schedules": "timegroups",
    "sms": "activities_sms",
}
"""Tables of the older components, in snake_case, and the streams that hold their rows."""

_NEAREST = {
    "devices": "users",
    "fields": "contacts_custom_fields",
    "forms": "qaforms",
    "holidays": "timegroups",
    "notes": "activities",
    "skills": "groups",
    "users_queues": "queues",
}
"""Tables that older components promised and Daktela does not have, and where to look instead."""

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*", re.ASCII)
_LONGEST = 40  # Characters. Names of tables have an end, too.


@dataclass(frozen=True)
class Address:
    """Where the instance is, and what it is called in names of tables and in keys: letters, digits, `_` and `-`."""

    url: str
    server: str


def address(url: str | None, server: str | None) -> Address:
    """Derive the one from the other where it is missing. ValueError ends a sentence that begins with `url` or `server`.

    `url` is what `url_of` returns; `server` is any name where there is a `url`, else the host of the instance.
    """
    if url is None and server is None:
        raise ValueError("is missing: give it, or server")
    if url is None:
        url = _url_of(str(server))
        server = None
    if server is not None and "://" in server:
        return Address(url, _named_after(url_of(server)))
    return Address(url, slug(server) if server else _named_after(url))


def url_of(raw: object) -> str:
    """Return an address without what may be left out of it; ValueError ends a sentence that begins with `url`."""
    text = raw.strip() if isinstance(raw, str) else raw
    if isinstance(text, str) and "://" not in text:
        text = f"https://{text}"
    if isinstance(text, str) and text.lower().startswith("http://") and _host(text).endswith(DOMAIN):
        # The extractor took such addresses, and Daktela's cloud answers them with a redirect, which we do not follow.
        text = f"https://{text[len('http://') :]}"
    return Url().read(text)


def slug(name: str) -> str:
    """Return `name` in lower-case letters, digits, `_` and `-`; two different names never become the same.

    A name of these characters stays as it is, dots of a host become `_`. Whatever else has to be replaced is told apart
    by a hash behind two underscores, which no host can contain.
    """
    name = name.strip().lower().rstrip("/")
    label = name.removesuffix(DOMAIN)
    if len(label) <= _LONGEST and _PLAIN.fullmatch(label) and "__" not in label:
        return label
    if len(name) <= _LONGEST and _HOST.fullmatch(name):
        return name.replace(".", "_")
    return _told_apart(name)


def stream_of(table: str, known: Mapping[str, object]) -> str:
    """Return the stream that a table is made of; ValueError says which one is nearest if there is none."""
    for name in (table, snake(table)):
        stream = ALIASES.get(name, name)
        if stream in known:
            return stream
    raise ValueError(f"names '{table}', which Daktela does not have{_nearest(snake(table), known)}")


def documented_name(table: str, documented: Collection[str], known: Mapping[str, object]) -> str:
    """Return the name that a format with tables of its own has for `table`; ValueError if it has none."""
    if table in documented:
        return table
    stream = stream_of(table, known)
    for name in documented:
        if snake(name) == snake(table):
            return name
    for name in documented:
        if ALIASES.get(snake(name), snake(name)) == stream:
            return name
    near = difflib.get_close_matches(table, documented, 1, 0)
    raise ValueError(f"names '{table}', which this output_format does not have; the nearest is '{near[0]}'")


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = [_NEAREST[name]] if name in _NEAREST else difflib.get_close_matches(name, [*known, *ALIASES], 1, 0.5)
    return f"; the nearest is '{near[0]}'" if near else ""


def _url_of(server: str) -> str:
    """Return the address of an instance that is given by `server` alone."""
    server = server.strip().rstrip("/")
    if "://" in server or "." in server or ":" in server:
        return url_of(server)
    return f"https://{Label().read(server)}{DOMAIN}"


def _named_after(url: str) -> str:
    """Return what an instance is called that has only an address."""
    host = _host(url)
    label = host.removesuffix(DOMAIN)
    if "_" in label or (label == host and "." not in host):
        # It could be taken for a host with a dot, or for an instance of Daktela's cloud.
        return _told_apart(host)
    return slug(host)


def _told_apart(name: str) -> str:
    readable = re.sub(r"[^a-z0-9-]+", "_", name).strip("_-")[:_LONGEST] or "server"
    return f"{readable}__{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _host(url: str) -> str:
    """Return the host of an address, with its port where that is not the usual one; ValueError as in `url_of`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        # Python's own sentence repeats what stands where the port should be, which may be a part of a password.
        raise ValueError("is not an address such as https://mycompany.daktela.com") from None
    return host if port in (None, 443) else f"{host}:{port}"

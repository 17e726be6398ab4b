"""The settings `url` and `server`: where the instance is. Credentials go nowhere else, so these are read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Label", "Url"]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.ASCII)


@dataclass(frozen=True)
class Url:
    """The address of an instance."""

    @property
    def schema(self) -> dict[str, Any]:
        """A URI."""
        return {"type": "string", "format": "uri"}

    def read(self, raw: object) -> str:
        """Return `scheme://host[:port]`. What is wrong is not repeated: it may hold a password."""
        if not isinstance(raw, str):
            raise ValueError("must be text, such as https://mycompany.daktela.com")
        try:
            parts = urlsplit(raw.strip())
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise ValueError("is not an address such as https://mycompany.daktela.com") from None
        if parts.scheme not in {"https", "http"}:
            raise ValueError("must begin with https://, as in https://mycompany.daktela.com")
        if "@" in parts.netloc:
            raise ValueError("must not hold a user or a password; they belong into username and password")
        if not _HOST.fullmatch(host):
            raise ValueError("must name a host, as in https://mycompany.daktela.com")
        if parts.path not in {"", "/"} or parts.query or parts.fragment or any(mark in raw for mark in "?#\\"):
            raise ValueError("must end after the host: leave out the path and whatever follows it")
        if parts.scheme == "http" and not _LOOPBACK.fullmatch(host):
            raise ValueError("must begin with https:// (plain http is only for this computer itself)")
        return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


@dataclass(frozen=True)
class Label:
    """The first part of the name of a host."""

    @property
    def schema(self) -> dict[str, Any]:
        """Text of letters, digits and hyphens."""
        return {"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"}

    def read(self, raw: object) -> str:
        """Return the label in lower case."""
        label = raw.strip().lower() if isinstance(raw, str) else ""
        if not _LABEL.fullmatch(label):
            raise ValueError("must be the plain name before .daktela.com, such as mycompany; use url for other hosts")
        return label

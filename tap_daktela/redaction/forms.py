"""The forms of a secret that are searched for, and which of them are words that anybody uses."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from tap_daktela.redaction.escapes import unescaped
from tap_daktela.redaction.names import SECRET_NAME

_SHORT = 6  # Characters. Anything shorter may be part of any word or number.
_SHORT_HEX = 8  # As above, for hex digits, of which numbers of rows consist too.
_LONG_WORD = 16
_PASSWORD_IN_URL = re.compile(r"[^:/]*://[^:/@]*:(?P<password>[^@]*)@")
_WORD = re.compile(r"[a-z]+(?:_[a-z]+)*")  # also the name of a setting


def folded(text: str) -> str:
    """Return `text` in lower case, with as many characters as before.

    Secrets are found in any case: of a redirect the host is shown in lower case, and it may contain a secret.
    """
    # These two become several characters, or what depends on their neighbours.
    return text.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()


def is_weak(form: str) -> bool:
    """Tell whether a form is so short or so plain ("token") that other texts contain it by chance."""
    return len(form) < _SHORT or (len(form) < _LONG_WORD and _WORD.fullmatch(form) is not None)


def parts_of(secret: str) -> set[str]:
    """Return the secrets that a secret consists of: itself, and of an address its password and its named secrets."""
    parts = {secret}
    if match := _PASSWORD_IN_URL.match(secret):
        parts.add(match["password"])
    if "://" in secret:
        parts.update(value for name, value in parse_qsl(secret.partition("?")[2]) if SECRET_NAME.search(name))
    return {form for part in parts for form in (part, unquote(part))}


def plain_forms(secret: str) -> set[str]:
    """Return a secret as text, folded: as it is, and as `unescaped` would make it."""
    # Headers are read as Latin-1, also those that are UTF-8.
    texts = {secret, secret.encode("utf-8", "surrogatepass").decode("latin-1")}
    texts |= {unescaped(text) for text in texts}
    # Backslashes at the end are lost where a quotation mark follows them.
    return {folded(form) for text in texts for form in (text, text.rstrip("\\")) if form}


def encoded_forms(secret: str) -> set[str]:
    """Return what encodings of bytes make of a secret, folded: base64 and hex."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {form for form in _base64_forms(raw) if len(form) >= _SHORT}
    forms |= {form for form in (raw.hex(),) if len(form) >= _SHORT_HEX}
    return {folded(form) for form in forms | {unescaped(form) for form in forms}}


def _base64_forms(raw: bytes) -> Iterator[str]:
    """Yield what base64 makes of a secret at every place within a longer text, as in `user:password`.

    Three bytes become four characters. The first and last characters depend on the neighbours and are left out.
    """
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(bytes(shift) + raw).decode()
            yield encoded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
            if not shift:
                yield encoded
                yield encoded.rstrip("=")

"""The one place that keeps secrets out of what people can read: log lines, error sentences, stack traces.

It also hides e-mail addresses and the values in filters: both are about customers.
"""

import base64
import json
import logging
import re
import threading
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORT = 6  # Characters. A shorter secret is hidden only as a word of its own, else it would hide half of the text.
_NAMED = re.compile(
    r"""(?P<name>\b(?:access_?token|refresh_?token|x-(?:auth|access)-token(?:-openapi)?|c_user|authorization
            |\w*?(?:password|passwd|secret)))
        (?P<mark>["'\\]*[ ]*(?:=|:|%3A|%3D)[ ]*)
        (?P<value>b?\\?"[^"]*"|b?'[^']*'|(?:bearer|basic)\s+[^\s"'&,;)\]}]+|[^\s"'&,;)\]}]+)""",
    re.IGNORECASE | re.VERBOSE,
)
# The look-behind keeps the time linear: without it a long word would be searched from each of its characters.
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+(?:@|%40)\w[\w-]*(?:\.\w[\w-]*)+")
# The value of a condition in a URL, which urllib3 logs. The bounds of time windows may be read.
_FILTER_VALUE = re.compile(
    r"(?P<name>(?:\[|%5B)value(?:\]|%5D)(?:(?:\[|%5B)\d+(?:\]|%5D))?=)(?!\d{4}-\d\d-\d\d)[^&\s\"]+", re.IGNORECASE
)


class Redactor:
    """Knows secrets, and replaces them in text in every form in which they may occur. Safe for threads."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Hide `secret` from now on."""
        if not secret:
            return
        with self._lock:
            self._forms |= {form for form in _forms(secret) if form}
            longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
            # In any case: of a redirect the host is shown in lower case, and it may contain a secret.
            patterns = (
                rf"(?i:{re.escape(form)})" if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
                for form in longest_first
            )
            self._pattern = re.compile("|".join(patterns))

    def clean(self, text: str) -> str:
        """Return `text` without known secrets, values named like a secret, e-mail addresses and values in filters."""
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        text = _NAMED.sub(rf"\g<name>\g<mark>{MASK}", text)
        return _ADDRESS.sub(MASK, _FILTER_VALUE.sub(rf"\g<name>{MASK}", text))

    def install(self, handler: logging.Handler) -> None:
        """Clean every record that `handler` writes, whichever logger it comes from."""
        handler.addFilter(self._filter)

    def _filter(self, record: logging.LogRecord) -> bool:
        """Clean the message, arguments and exception of a record; return True, which keeps the record."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # Logging would complain, and print the message and its arguments as they are.
            message = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = self.clean(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        return True


def _forms(secret: str) -> set[str]:
    """Return the texts as which a secret may appear."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    escaped |= {form.replace("/", "\\/") for form in escaped}  # PHP writes JSON like this
    escaped |= {repr(secret)[1:-1], repr(raw)[2:-1]}
    percent = {encode(raw, safe) for encode in (quote, quote_plus) for safe in ("", "/")}
    lower = {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in percent}
    return {secret, *escaped, *percent, *lower, *_base64_forms(raw)}


def _base64_forms(raw: bytes) -> set[str]:
    """Return what base64 makes of a secret at every place within a longer text, as in `user:password`.

    Three bytes become four characters. The first and last characters depend on the neighbours and are left out.
    """
    forms = {base64.b64encode(raw).decode(), base64.b64encode(raw).decode().rstrip("=")}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
        begin = -(-shift * 8 // 6)
        end = (shift + len(raw)) * 8 // 6
        forms.add(encoded[begin:end])
    forms = {form for form in forms if len(form) >= _SHORT}
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}


redactor = Redactor()
"""The redactor of this process."""

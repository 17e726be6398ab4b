"""The one place that keeps secrets out of what people can read: log lines, error sentences, stack traces.

It also hides e-mail addresses and the values in filters: both are about customers. What it lets through is printable.
"""

import logging
import re
import threading
from collections.abc import Iterable, Iterator
from itertools import chain

from tap_daktela.printable import printable, printable_lines
from tap_daktela.redaction.escapes import as_utf8, origins, unescaped
from tap_daktela.redaction.forms import encoded_forms, folded, is_weak, parts_of, plain_forms
from tap_daktela.redaction.names import SECRET_NAME

MASK = "***"

_LONGEST = 500
"""Characters that are shown of a value from outside."""

_MOST = 200_000
"""Characters of a value from outside that are looked at. A body may have a hundred times as many."""

_MARGIN = 50_000
"""Characters at the end of these that are never shown, as they may be the beginning of a secret that was cut."""

_QUOTE = r"""(?:\\*["']|&quot;|&\#0?3[49];|%2[27]|\\+u002[27])"""
_MARK = re.compile(rf"(?<![\w-])(?P<name>[\w-]+){_QUOTE}?[ ]*(?:=|:|%3A|%3D)[ ]*", re.IGNORECASE)
_VALUE = re.compile(
    r"""b?\\*"[^"]*"|b?\\*'[^']*'|(?P<quote>&quot;|&\#0?3[49];|%2[27]|\\+u002[27]).*?(?P=quote)
        |(?:bearer|basic)\s+[^\s"'&,;)\]}]+|[^\s"'&,;)\]}]+""",
    re.IGNORECASE | re.VERBOSE,
)
# The look-behind keeps the time linear: without it a long word would be searched from each of its characters.
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+(?:@|%40)\w[\w-]*(?:\.\w[\w-]*)+")
# The value of a condition in a URL, which urllib3 logs. The bounds of time windows may be read.
_FILTER_VALUE = re.compile(
    r"(?P<name>(?:\[|%5B)value(?:\]|%5D)(?:(?:\[|%5B)\d+(?:\]|%5D))?=)(?!\d{4}-\d\d-\d\d)[^&\s\"]+", re.IGNORECASE
)
_NOTHING = re.compile(r"(?!)")


class Redactor:
    """Knows secrets, and replaces them in text in every form in which they may occur. Safe for threads.

    A secret may be a word of our own sentences: somebody's password is `password`. Such weak forms are hidden as whole
    words in texts `from_outside`, but in lines of the log, which are ours, only where they stand as a value: in quotes,
    or right behind `=` or `:`. All other forms are hidden everywhere, also within words.
    """

    def __init__(self) -> None:
        self._strong: set[str] = set()
        self._weak: set[str] = set()
        self._words = self._values = _NOTHING
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Hide `secret` from now on, and if it is an address, the secrets in it. Blanks around it are no secret."""
        parts = parts_of(secret.strip())
        plain, encoded = set[str]().union(*map(plain_forms, parts)), set[str]().union(*map(encoded_forms, parts))
        with self._lock:
            weak = set(filter(is_weak, plain))
            # New sets: other threads are reading the old ones.
            self._strong = self._strong | (plain - weak) | encoded
            self._weak = self._weak | weak
            if self._weak:
                longest_first = sorted(self._weak, key=lambda form: (-len(form), form))
                any_form = f"(?:{'|'.join(map(re.escape, longest_first))})"
                self._words = re.compile(rf"(?<!\w){any_form}(?!\w)")
                self._values = re.compile(rf"(?<=[=:]){any_form}(?!\w)|(?<=[\"']){any_form}(?=\\?[\"'])")

    def clean(self, text: str) -> str:
        """Return `text` without known secrets, values named like a secret, e-mail addresses and values in filters."""
        return _without_values(self._without_secrets(text, self._values))

    def line(self, text: str) -> str:
        """Return a text of ours as one printable line, cleaned before and after it is made printable."""
        clean = self.clean(text)
        return clean if clean.isprintable() else self.clean(printable(clean))

    def from_outside(self, value: object) -> str:
        """Return what a server, a row or another program says, as it may be shown in a sentence of ours.

        One line, printable, without secrets, also without weak ones, and of at most `_LONGEST` characters.
        """
        line = " ".join(self.hidden(value).split())
        line = _without_values(self._without_secrets(printable(line), self._words))
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"

    def hidden(self, value: object) -> str:
        """Return what `from_outside` begins with: all secrets hidden, and else as it came, if it is not too long."""
        text = as_utf8(str(value))
        hidden = self._without_secrets(text[:_MOST], self._words)
        return hidden if len(text) <= _MOST else hidden[:-_MARGIN]

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
        record.msg, record.args = self.line(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None  # Else the platform's handler formats it anew.
        if record.exc_text:
            record.exc_text = self._block(record.exc_text)
        if record.stack_info:
            record.stack_info = self._block(record.stack_info)
        return True

    def _block(self, text: str) -> str:
        return self.clean(printable_lines(self.clean(text)))

    def _without_secrets(self, text: str, weak: re.Pattern[str]) -> str:
        """Return `text` without the strong forms of secrets, and without what `weak` finds of the others."""
        spans = set(self._spans(text, weak))
        if (plain := unescaped(text)) != text and (escaped := set(self._spans(plain, weak))):
            begins, ends = origins(text)
            spans.update((begins[begin], ends[end - 1]) for begin, end in escaped)
        pieces, done = [], 0
        for begin, end in sorted(spans):
            if begin >= done:
                pieces += [text[done:begin], MASK]
            done = max(done, end)
        return "".join([*pieces, text[done:]])

    def _spans(self, text: str, weak: re.Pattern[str]) -> Iterable[tuple[int, int]]:
        text = folded(text)
        return chain(
            (span for form in self._strong if form in text for span in _places(form, text)),
            (match.span() for match in weak.finditer(text)),
        )


def _places(form: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a form begins and ends in a text. Those that overlap are one place."""
    size, first = len(form), text.find(form)
    while first >= 0:
        last = first
        while (further := text.rfind(form, last + 1, last + 2 * size)) >= 0:
            last = further
        yield first, last + size
        first = text.find(form, last + size)


def _without_values(text: str) -> str:
    """Return `text` without the values that belong to names of secrets, addresses, and the values in filters."""
    pieces, done = [], 0
    for match in _MARK.finditer(text):
        if match.start() >= done and SECRET_NAME.search(match["name"]) and (value := _VALUE.match(text, match.end())):
            pieces += [text[done : match.end()], MASK]
            done = value.end()
    text = "".join([*pieces, text[done:]])
    return _ADDRESS.sub(MASK, _FILTER_VALUE.sub(rf"\g<name>{MASK}", text))


redactor = Redactor()
"""The redactor of this process."""

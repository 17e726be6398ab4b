"""Where log lines go: to the platform's GELF logger if there is one, else to stdout; what ends a run, to stderr too.

Keboola shows whatever is on stderr as an error, also after a success, and takes it for the message of a failed job.
"""

from __future__ import annotations

import logging
import os
import sys

from pygelf import GelfTcpHandler

from tap_daktela.redaction import redactor

__all__ = ["begin", "last_words", "sentence"]

LONGEST = 3500
"""Characters of the last line: the platform cuts longer messages in the middle."""

LOGGER = logging.getLogger(__name__)


def begin(level: int = logging.INFO) -> None:
    """Send log lines where the platform wants them, without secrets, and only `last_words` to stderr.

    What was set up before is removed: singer-python logs to stderr as soon as it is imported.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    stderr = logging.StreamHandler(sys.stderr)
    stderr.addFilter(_is_last)
    for handler in (stderr, _live()):
        redactor.install(handler)
        root.addHandler(handler)
    root.setLevel(level)
    # They tell of each connection and each zone that they load.
    for noisy in ("urllib3", "tzlocal"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _live() -> logging.Handler:
    """Return the handler whose lines are shown while the run goes on."""
    if os.environ.get("KBC_LOGGER_ADDR"):
        port = int(os.environ.get("KBC_LOGGER_PORT") or 12201)
        gelf: logging.Handler = GelfTcpHandler(host=os.environ["KBC_LOGGER_ADDR"], port=port, include_extra_fields=True)
        return gelf
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(lambda record: not _is_last(record))
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    return handler


def _is_last(record: logging.LogRecord) -> bool:
    return record.name == LOGGER.name


def last_words(error: BaseException) -> None:
    """Log why the run failed, in one line."""
    LOGGER.error("%s", sentence(error))


def sentence(error: BaseException) -> str:
    """Return what an error says, in one line and without secrets."""
    return shortened(redactor.clean(str(error) or type(error).__name__))


def shortened(text: str) -> str:
    """Return `text` in one line, without its middle where it is too long for the platform."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    half = LONGEST // 2
    return f"{line[:half]} … {line[-half:]}"

"""Where log lines go: to the platform's GELF logger if there is one, else to stdout. A failure also goes to stderr.

Keboola shows everything on stderr as an error, even after a success, and takes it for the message of a failed job.
"""

import logging
import os
import sys

import urllib3
from pygelf import GelfTcpHandler

from tap_daktela.redaction import redactor

LONGEST = 3500
"""Characters of the message of a failure: the platform cuts longer ones in the middle."""

LOGGER = logging.getLogger(__name__)


def begin(level: int = logging.INFO) -> None:
    """Send log lines where the platform wants them, without secrets. Only `log_failure` writes to stderr.

    Handlers that exist are removed: singer-python logs to stderr as soon as it is imported.
    """
    # A line that cannot be written is lost. That is no reason to fail, or to show a stack trace.
    logging.raiseExceptions = False
    stderr = logging.StreamHandler(sys.stderr)
    stderr.addFilter(_is_failure)
    # The handler whose lines people see during the run.
    if address := os.environ.get("KBC_LOGGER_ADDR"):
        port = int(os.environ.get("KBC_LOGGER_PORT") or 12201)
        run_log: logging.Handler = GelfTcpHandler(host=address, port=port, include_extra_fields=True)
    else:
        run_log = logging.StreamHandler(sys.stdout)
        run_log.addFilter(lambda record: not _is_failure(record))
        run_log.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handlers = [stderr, run_log]
    for handler in handlers:
        redactor.install(handler)
    logging.basicConfig(level=level, format="%(message)s", handlers=handlers, force=True)
    # They log each connection that they open and each zone that they load.
    for noisy in ("urllib3", "tzlocal"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of broken headers with a stack trace, and of certificates with each request: the client says it, once.
    logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _is_failure(record: logging.LogRecord) -> bool:
    return record.name == LOGGER.name


def log_failure(error: BaseException) -> None:
    """Log why the run failed, in one line."""
    LOGGER.error("%s", sentence(error))


def sentence(error: BaseException) -> str:
    """Return the text of an error in one line, without secrets, and without its middle if it is too long."""
    line = redactor.line(" ".join(redactor.clean(str(error) or type(error).__name__).split()))
    if len(line) <= LONGEST:
        return line
    half = LONGEST // 2
    return f"{line[:half]} … {line[-half:]}"

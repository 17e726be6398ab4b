"""The report of a run: JSON for machines, a page for people."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

import orjson

from tap_daktela import __version__
from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError, sentence
from tap_daktela.redaction import redactor
from tap_daktela.runtime.signals import without_signals
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.report.document import NO_RUN, about_run
from tap_daktela.sync.report.files import ReportFile
from tap_daktela.sync.report.page_file import PageFile
from tap_daktela.sync.report.request_log import RequestLog
from tap_daktela.sync.report.timeline import timeline
from tap_daktela.sync.scheduling.task import NOBODY, RequestWatch
from tap_daktela.sync.streams.stream_sync import StreamSync

LOGGER = logging.getLogger(__name__)


class Report(AbstractContextManager["Report"]):
    """The report of one run, written to each of `paths`: a page where it ends with `.html`, else JSON.

    A context manager around the run. From the start, the files say that the run has not ended. At the end each is
    replaced atomically by the whole report, which says why the run failed, if it did. ConfigError if a file cannot be
    written.
    """

    def __init__(self, *paths: str) -> None:
        files = [ReportFile(path) for path in paths]
        self._files = [file for file in files if not file.is_page]
        self._pages = [PageFile(file) for file in files if file.is_page]
        self._began = datetime.now(timezone.utc)
        self._run: RunContext | None = None
        self._streams: Sequence[StreamSync] = ()
        self._skipped: Mapping[str, str] = {}
        self._requests: RequestLog | None = None
        self._write({"complete": False, "failure": "the run has not ended", "ended": None})

    def skipped(self, refusals: Mapping[str, str]) -> None:
        """Note the streams that are left out, and why."""
        self._skipped = refusals

    def follow(self, run: RunContext, streams: Sequence[StreamSync]) -> RequestWatch:
        """Report on `streams`, which keep the counts of every window from now on. Return what watches requests."""
        self._run, self._streams = run, streams
        for stream in streams:
            stream.row_counts.windows = []
        if not self._pages:
            return NOBODY
        self._requests = RequestLog(run.client.clock)
        return self._requests

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Write the last report, whatever signals come. ConfigError if it cannot be written, unless the run failed."""
        end = {
            "complete": error is None,
            "failure": None if error is None else redactor.line(sentence(error)),
            "ended": clock.utc_text(datetime.now(timezone.utc)),
        }
        try:
            with without_signals():
                self._write(end)
        except ConfigError as problem:
            if error is None:
                raise
            LOGGER.error("%s", problem)  # noqa: TRY400 - a stack trace would not help

    def _write(self, end: dict[str, Any]) -> None:
        run = about_run(self._run, self._streams, self._skipped) if self._run else NO_RUN
        began = clock.utc_text(self._began)
        document = {"tap": "tap-daktela", "version": __version__, "began": began, **end, **run}
        for file in self._files:
            file.replace(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        for page in self._pages:
            page.write(document, timeline(self._requests, self._streams) if self._requests else None)

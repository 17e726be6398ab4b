"""The file of a page. The page that was there before is what the next one is compared with."""

from typing import Any

from tap_daktela.report_page.changes import earlier_run
from tap_daktela.sync.report.files import ReportFile


class PageFile:
    """Writes the page of a run, and compares it with the last finished run whose page was in the file."""

    def __init__(self, file: ReportFile) -> None:
        self._file = file
        self._earlier = earlier_run(file.text())

    def write(self, document: dict[str, Any], timeline: dict[str, Any] | None) -> None:
        """Replace the page by that of a report's `document`. ConfigError if the file cannot be written."""
        from tap_daktela.report_page.page import page  # noqa: PLC0415 - only a page pays for its template

        self._file.replace(page(document, timeline, self._earlier))

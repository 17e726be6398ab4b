"""The end of a comparison: its findings, its words in the log, and its exit code."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from tap_daktela.errors import IncompleteError
from tap_daktela.reconcile.findings import Finding, FindingKind
from tap_daktela.reconcile.rounds import ComparisonJob
from tap_daktela.reconcile.scopes import NotCompared
from tap_daktela.reconcile.words import ComparisonEnd, closing_words
from tap_daktela.sync.reading.endpoint import RequestStats
from tap_daktela.sync.telling.closing_words import tell
from tap_daktela.sync.telling.lines import plural
from tap_daktela.sync.telling.signs import signs

LOGGER = logging.getLogger(__name__)

MISSING, GONE = 3, 4
"""Exit codes: rows are missing here; nothing is, but rows are gone there."""


@dataclass
class ComparisonOutcome:
    """What came of all comparisons: `jobs` that have ended, `left_out` that were none, and what the instance `took`.

    `is_repaired` says that the missing rows were written.
    """

    jobs: Sequence[ComparisonJob]
    left_out: Sequence[NotCompared]
    took: RequestStats
    page_size: int
    is_repaired: bool = False

    @property
    def findings(self) -> list[Finding]:
        """All differences."""
        return [finding for job in self.jobs if job.result for finding in job.result.findings]

    @property
    def failed(self) -> list[ComparisonJob]:
        """The comparisons that an error ended."""
        return [job for job in self.jobs if job.failure]

    @property
    def missing(self) -> dict[str, list[str]]:
        """The keys that are missing here, by stream."""
        keys: dict[str, list[str]] = {}
        for finding in self.findings:
            if finding.kind is FindingKind.MISSING:
                keys.setdefault(finding.stream, []).append(finding.key)
        return keys

    def lines(self) -> str:
        """Return the findings, one JSON a line."""
        return "".join(f"{orjson.dumps(finding.document()).decode()}\n" for finding in self.findings)

    def tell(self, source: str) -> None:
        """Log what came of it. `source` are the options that lead to the instance, for commands that are shown."""
        results = [job.result for job in self.jobs if job.result]
        ending = ComparisonEnd(
            results,
            [*(NotCompared(job.stream, str(job.failure)) for job in self.failed), *self.left_out],
            len(self.failed),
            self.took.requests,
            self.took.received,
            sum(max(1, math.ceil(result.there / self.page_size)) for result in results),
            self.is_repaired,
            source,
        )
        tell(LOGGER, closing_words(ending, signs()))

    def exit_code(self) -> int:
        """Return the exit code. IncompleteError if streams could not be compared, and the others do not differ."""
        kinds = {finding.kind for finding in self.findings}
        if FindingKind.MISSING in kinds and not self.is_repaired:
            return MISSING
        if FindingKind.GONE in kinds:
            return GONE
        if self.failed:
            reasons = "; ".join(str(job.failure) for job in self.failed)
            raise IncompleteError(f"{plural(len(self.failed), 'stream')} could not be compared: {reasons}")
        return 0

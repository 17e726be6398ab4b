"""What people read at the end of a comparison."""

from datetime import datetime, timedelta, timezone

from tap_daktela.reconcile.comparison import Compared
from tap_daktela.reconcile.findings import Finding, FindingKind
from tap_daktela.reconcile.scopes import NotCompared
from tap_daktela.reconcile.words import REASONS, REMEDY, ComparisonEnd, closing_words
from tap_daktela.sync.telling.signs import Signs

DAY = datetime(2024, 5, 1, tzinfo=timezone.utc)


def finding(kind: FindingKind, number: int) -> Finding:
    return Finding(kind, "tickets", str(number), "edited", there=DAY + timedelta(days=number))


def told(findings: list[Finding], *, repaired: bool = False, failed: int = 0) -> list[str]:
    results = [Compared("tickets", findings, here=1799, there=1800), Compared("users", here=20, there=20, moved=1)]
    not_compared = [NotCompared("a", "why"), NotCompared("b", "other"), NotCompared("c", "why")]
    ending = ComparisonEnd(results, not_compared, failed, 9, 2500, 3, repaired, "--config c.json")
    return [line for words in closing_words(ending, Signs("✓", "✗", "·")) for line in (words.line, *words.block)]


def test_a_table_reasons_commands_and_costs_are_told() -> None:
    findings = [finding(FindingKind.MISSING, number) for number in (0, 1, 40)]
    command = "tap-daktela --config c.json --streams tickets --start-date {}T00:00:00Z --end-date {}T00:00:01Z | target"
    took = "(9 requests, 2.5 kB; all rows would take at least 3 requests)"
    assert told([*findings, finding(FindingKind.GONE, 3)]) == [
        "Compared:",
        "stream      rows here    rows there    missing here    gone there",
        "tickets         1,799         1,800               3             1",
        "users              20            20",
        "Not compared:",
        "a, c: why",
        "b: other",
        f"Missing here. {REMEDY}:",
        command.format("2024-05-01", "2024-05-02"),
        command.format("2024-06-10", "2024-06-10"),
        f"Gone there ({REASONS}):",
        "tickets: 1 row",
        "Different, but outside of what is compared (their times lie before start_date now):",
        "users: 1 row",
        f"✗ 2 streams compared: 3 missing here, 1 gone there, 0 late {took}",
    ]


def test_scattered_rows_are_read_again_by_one_command() -> None:
    lines = told([finding(FindingKind.MISSING, 20 * number) for number in range(9)])
    [command] = [line for line in lines if line.startswith("tap-daktela")]
    assert "--start-date 2024-05-01T00:00:00Z --end-date 2024-10-08T00:00:01Z" in command


def test_what_was_written_again_is_not_missing_any_more() -> None:
    lines = told([finding(FindingKind.MISSING, 1)], repaired=True)
    assert lines[lines.index("Written for the target:") + 1] == "tickets: 1 row"
    assert lines[-1].startswith("✓")


def test_late_rows_are_no_fault_and_a_failed_stream_is() -> None:
    assert told([finding(FindingKind.LATE, 1)])[-1].startswith(
        "✓ 2 streams compared: 0 missing here, 0 gone there, 1 late"
    )
    assert told([], failed=1)[-1].startswith(
        "✗ 2 streams compared: 0 missing here, 0 gone there, 0 late; 1 stream could"
    )

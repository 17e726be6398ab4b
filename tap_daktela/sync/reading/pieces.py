"""Reads a window with too many rows in smaller windows, and compares the sum of their rows with the whole."""

import math
from collections.abc import Collection, Hashable, Sequence
from typing import Protocol

from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Page
from tap_daktela.sync.reading import windows
from tap_daktela.sync.reading.endpoint import Endpoint, ServerQuirks
from tap_daktela.sync.reading.found import CONFIRMATIONS_NEEDED, FoundRows, ReadRange, matches, promised
from tap_daktela.sync.reading.results import Closed, Contradiction, Counted
from tap_daktela.sync.reading.row_range import RowQuery, RowRange, WindowCounts, is_at, last_reading
from tap_daktela.sync.reading.side_by_side import is_crowded, rows_per_page
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.scheduling.steps import Fork, Reading

WINDOWS_TOGETHER = 8
"""Windows that share one more total, where single windows have only one answer for their number of rows."""

MAX_CHECKS = 3
"""How often a sum is compared with the whole, and windows that differ are read again, before it is a contradiction."""


class RangeReader(Protocol):
    """What reads the single windows: the `WindowReader`, whose methods are described there."""

    endpoint: Endpoint
    query: RowQuery
    days: float

    def read(
        self,
        rows: RowRange,
        quirks: ServerQuirks,
        *,
        known_before: Collection[Hashable] = (),
        already_written: int = 0,
        max_possible_total: float = math.inf,
    ) -> Reading:
        """Read a range."""

    def read_again(self, part: ReadRange, total: int) -> Reading:
        """Read a range again."""

    def total(self, rows: RowRange, quirks: ServerQuirks) -> Reading:
        """Return the total of a range."""

    def total_now(self, rows: RowRange, quirks: ServerQuirks, met: int) -> Reading:
        """Return the total of a range in a list."""


def in_pieces(reader: RangeReader, found: FoundRows, page: Page, axis: str, window: Window) -> Reading:
    """Use the first page of a window, and read what lies behind it in smaller windows. Return what was read.

    The first smaller window begins with the page's last second again: it may have more rows than the page shows.
    """
    total = found.total_of(page)
    if total is None:
        found.quirks = yield from reader.endpoint.proven_order(found.quirks, reader.query.filter(found.range))
    last = last_reading(page.rows, axis) or window.lower
    here = reader.query.identities(page.rows)
    at_last = {identity for identity, row in zip(here, page.rows, strict=True) if is_at(row, axis, last)}
    is_later = clock.with_time(last) > clock.with_time(window.lower)
    behind_page = last if is_later else min(windows.next_second(last), window.upper)
    behind = _windows_behind(reader, found, page, Window(behind_page, window.upper))
    yield from found.use(page)
    if is_later:
        first = _confirmed(reader, found, Window(window.lower, last), frozenset(here) - at_last)
        known, already_written = at_last, len(at_last - found.known_before)
    else:
        # All rows of the page lie in one second, which may have more rows than a page.
        second = RowRange(Window(window.lower, behind_page))
        known, already_written = set(), 0
        written = found.already_written + len(set(here) - found.known_before)
        first = reader.read(second, found.quirks, known_before=found.known_before | set(here), already_written=written)
    max_possible_total = math.inf if total is None else total
    # Known rows can come again only in the first piece. Elsewhere the same key is another row.
    readings = [
        reader.read(
            RowRange(piece),
            found.quirks,
            known_before=() if number else known,
            already_written=0 if number else already_written,
            max_possible_total=max_possible_total,
        )
        for number, piece in enumerate(behind)
    ]
    parts = yield Fork([first, *_in_groups(reader, behind, readings)])
    totals = [] if total is None else [total]
    if found.is_whole and totals:
        totals += yield from reader.total_now(found.range, found.quirks, _sum(parts))
    return (yield from checked_sum(reader, found.range, totals, parts))


def _windows_behind(reader: RangeReader, found: FoundRows, page: Page, window: Window) -> list[Window]:
    """Return windows of about equal length for what lies behind the first page of a range."""
    if not is_crowded(found, page):
        return windows.cut(window, reader.days, 0, 1)
    each = rows_per_page(found, page)
    aim = windows.PAGES_AIMED_AT * each if found.order_is_unique else -(-each // 2)
    return windows.cut(window, reader.days, (found.total_of(page) or 0) - len(page.rows), aim)


def _confirmed(reader: RangeReader, found: FoundRows, window: Window, met: frozenset[Hashable]) -> Reading:
    """Close the part of a window that its first page covers if a total of its own agrees, else read it again."""
    rows = RowRange(window)
    written = found.already_written + len(met - found.known_before)
    total = yield from reader.total(rows, found.quirks)
    if total in {None, len(met)}:
        counts = WindowCounts(total, written, found.counts.repeated)
        yield Counted(found.axis, rows, counts, found.read_at, flag=reader.query.flag)
        yield Closed(str(found.axis), window)
        return ReadRange(rows, len(met), CONFIRMATIONS_NEEDED, frozenset(), found.quirks)
    known = found.known_before | met
    return (
        yield from reader.read(rows, found.quirks, known_before=known, already_written=written, max_possible_total=0)
    )


def _in_groups(reader: RangeReader, pieces: Sequence[Window], readings: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings of the pieces. Many pieces are grouped, so bookmarks need not wait for the last one."""
    if len(readings) <= WINDOWS_TOGETHER:
        return readings
    begins = range(0, len(readings), WINDOWS_TOGETHER)
    return [_group(reader, pieces[at : at + WINDOWS_TOGETHER], readings[at : at + WINDOWS_TOGETHER]) for at in begins]


def _group(reader: RangeReader, pieces: Sequence[Window], readings: Sequence[Reading]) -> Reading:
    """Read some windows, and compare the sum of their rows with one total for all of them."""
    parts = yield Fork(readings)
    return (yield from checked_sum(reader, RowRange(Window(pieces[0].lower, pieces[-1].upper)), [], parts))


def checked_sum(reader: RangeReader, rows: RowRange, totals: list[int], parts: Sequence[ReadRange]) -> Reading:
    """Compare the rows of all `parts` with the totals of the range that they make up. Return what was read.

    If the numbers differ, each part is asked for its total again, and a part with more rows now is read again. The same
    happens to parts with a single confirmation if the totals changed: then any sum between the totals looks right.
    Without a total so far, one is requested unless every part has two confirmations.
    """
    quirks = parts[-1].quirks
    for _ in range(MAX_CHECKS):
        if _is_settled(totals, parts):
            break
        now = yield from reader.total_now(rows, quirks, _sum(parts))
        totals = [*totals, *now]
        if not now or _is_settled(totals, parts):
            break
        before = _sum(parts)
        sure = [matches(totals, before) and _is_confirmed(part) for part in parts]
        parts = yield from _read_where_more(reader, parts, sure)
        if _sum(parts) == before:
            break  # The parts say the same again.
    else:
        # Rows come and go all the time: more were met than there are at any moment.
        totals = [*totals, _sum(parts)] if _sum(parts) > max(totals) else totals
    sound = all(part.consistent for part in parts)
    if sound and totals and not matches(totals, _sum(parts)):
        sound = False
        numbers = f"the instance promises {promised(totals)}, and gives {_sum(parts)} in its parts"
        yield Contradiction(f"{reader.query.place(rows)}: {numbers}, also when asked again")
    if reader.query.axis is not None and rows.window is not None:
        yield Closed(reader.query.axis, rows.window)
    return ReadRange(rows, _sum(parts), CONFIRMATIONS_NEEDED, frozenset(), quirks, sound)


def _is_settled(totals: list[int], parts: Sequence[ReadRange]) -> bool:
    """Tell whether no question is left: the sum is right and confirmed, or a part has yielded a Contradiction."""
    if not all(part.consistent for part in parts):
        return True
    confirmed = all(map(_is_confirmed, parts))
    if not totals:
        return confirmed
    return matches(totals, _sum(parts)) and (confirmed or min(totals) == max(totals))


def _is_confirmed(part: ReadRange) -> bool:
    return part.confirmations >= CONFIRMATIONS_NEEDED


def _sum(parts: Sequence[ReadRange]) -> int:
    return sum(part.rows for part in parts)


def _read_where_more(reader: RangeReader, parts: Sequence[ReadRange], sure: Sequence[bool]) -> Reading:
    """Ask every part that is not `sure` for its total again. Read it again if it has more rows than were found."""
    now = []
    for part, is_sure in zip(parts, sure, strict=True):
        told = [] if is_sure else (yield from reader.total_now(part.range, part.quirks, part.rows))
        total = told[0] if told else part.rows
        if total <= part.rows:
            # Nothing is missing: rows may have left the part since.
            now.append(part._replace(rows=total, confirmations=CONFIRMATIONS_NEEDED))
        else:
            now += yield Fork([reader.read_again(part, total)])
    return now

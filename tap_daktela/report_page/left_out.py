"""What a run left out, and why; and how fresh the rest is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tap_daktela.report_page.words import NOTHING, counted, duration, instant, local


class LeftOut(NamedTuple):
    """What was left out, in a few words, and why."""

    what: str
    why: str


class Freshness(NamedTuple):
    """How far a stream was read along an axis: its bookmark in local time, and the seconds from it to the run's end.

    `behind` is None without a bookmark, and 0 if the bookmark is later. `newest` is the last window that had rows.
    """

    stream: str
    axis: str
    bookmark: str
    behind: float | None
    newest: str


def left_out(document: dict[str, Any]) -> Iterator[LeftOut]:
    """Yield what the run of a report left out."""
    settings, zone = document["settings"], document["timezone"]
    for name, reason in document["skipped"].items():
        yield LeftOut(name, reason)
    for one in document["endpoints"]:
        if count := one["left_out"]["orphans"]:
            yield LeftOut(
                f"{one['stream']}: {counted(count, 'row')}", "orphans: their item does not exist (orphans: drop)"
            )
        for name, output in one["streams"].items():
            if count := output["without_key"]:
                yield LeftOut(
                    f"{name}: {counted(count, 'row or element', 'rows or elements')}", "they have no usable key"
                )
    if not document["endpoints"]:
        return
    why = f"settle_minutes is {settings['settle_minutes']}: calls in progress still change. The next run reads them"
    if settings["end_date"] is not None:
        why = f"end_date is {settings['end_date']}, or where that is still to come: {why}"
    yield LeftOut(f"everything from {local(document['to'], zone)} on", why)
    yield LeftOut(
        f"on a first run, everything before {local(document['from'], zone)}", f"start_date is {settings['start_date']}"
    )
    looked_back = [one["stream"] for one in document["endpoints"] if any(axis["lookback"] for axis in one["ranges"])]
    if looked_back:
        why = f"lookback_days is {settings['lookback_days']}: these streams do not say when a row changed"
        yield LeftOut(f"changes to older rows of {', '.join(looked_back)}", why)
    for name in settings["filters"]:
        yield LeftOut(f"rows of {name} that do not pass its filter", "filters has a condition for it")


def freshness(document: dict[str, Any]) -> Iterator[Freshness]:
    """Yield how far each stream was read along each of its axes."""
    bound, zone = instant(document["to"]), document["timezone"]
    for one in document["endpoints"]:
        for name, output in one["streams"].items():
            for planned, (axis, mark) in zip(one["ranges"], output["bookmarks"].items(), strict=True):
                moment = instant(mark)
                behind = None if moment is None or bound is None else max(0.0, (bound - moment).total_seconds())
                yield Freshness(name, axis, local(mark, zone), behind, _newest(one, planned["by"]))


def _newest(endpoint: dict[str, Any], by: str) -> str:
    """Return the last window along `by` that had rows."""
    windows = [one for one in endpoint["windows"] if one["by"] == by and one["from"] and one["written"]]
    last = max(windows, key=lambda one: one["to"], default=None)
    return f"{last['from'][:16]} to {last['to'][:16]}" if last else NOTHING


def behind(seconds: float | None) -> str:
    """Return how far a bookmark is behind the end of the run, in words."""
    if seconds is None:
        return "no bookmark"
    return "up to date" if not seconds else f"{duration(seconds)} behind"

"""The page of a report: one HTML file that needs nothing else, and asks no server for anything."""

import base64
import hashlib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tap_daktela.report_page import changes, words
from tap_daktela.report_page.changes import kept
from tap_daktela.report_page.days import STATES, AxisDays, axis_days
from tap_daktela.report_page.left_out import behind, freshness, left_out
from tap_daktela.report_page.turns import waited_for, waits
from tap_daktela.report_page.verdict import verdict

ASSETS = "assets"

MOST_BARS = 20
"""Streams in the chart of rows. The table has all of them."""

CALENDAR_MONTHS = 72
"""Months that the calendar has at most: the last ones."""

STATE_WORDS = {
    "complete": "✓ as many rows as promised",
    "moved": "≠ rows came or went meanwhile",
    "unknown": "? no total to compare with",
    "differs": "✗ not as many as promised",
    "unread": "○ not read",
}
"""What a state is called on the page."""


def page(document: dict[str, Any], timeline: dict[str, Any] | None, earlier: dict[str, Any] | None) -> bytes:
    """Return the page of a report's `document` and `timeline`, compared with what the page before it kept."""
    days = axis_days(document)
    waiting = waits(timeline) if timeline else {}
    now = kept(document)
    style = _asset("page.css")
    scripts = [_asset("echarts/echarts.min.js"), _asset("page.js")] if document["endpoints"] else []
    text = _environment().get_template("page.html").render(
        document=document,
        verdict=verdict(document),
        seconds=changes.seconds_of(document),
        requests=sum(one["requests"] for one in document["endpoints"]),
        retries=_retries(timeline),
        outputs=[(one, name, output) for one in document["endpoints"] for name, output in one["streams"].items()],
        now=now,
        earlier=earlier,
        changes=changes.changes(now, earlier) if earlier and document["ended"] else [],
        row_changes=changes.row_changes(now, earlier) if earlier and document["ended"] else [],
        days=days,
        gaps=[(axis, span) for axis in days for span in axis.spans if span.state not in {"complete", "unknown"}],
        without_total=sum(span.windows for axis in days for span in axis.spans if span.state == "unknown"),
        unread_tables=[one["stream"] for one in document["endpoints"] if not one["ranges"] and not one["complete"]],
        state_words=STATE_WORDS,
        timeline=timeline,
        waits=waiting,
        waited_for=waited_for(waiting),
        freshness=list(freshness(document)),
        behind=behind,
        left_out=list(left_out(document)),
        words=words,
        calendar_begins=_calendar_begins(days),
        most_bars=MOST_BARS,
        charts=_charts(document, days, timeline),
        style=style,
        scripts=scripts,
        policy=_policy(style, scripts),
    )  # fmt: skip
    return text.encode()


def _retries(timeline: dict[str, Any] | None) -> Counter[str]:
    """Return the retries of each stream, those of requests that failed in the end among them."""
    found: Counter[str] = Counter()
    for stream, _, count in timeline["retries"] if timeline else ():
        found[stream] += count
    return found


def _calendar_begins(days: list[AxisDays]) -> str | None:
    """Return the month with which the calendar begins, where it does not have all days."""
    months = [day.year * 12 + day.month - 1 for axis in days for one in axis.spans for day in (one.first, one.last)]
    begins = max(months, default=0) + 1 - CALENDAR_MONTHS
    return f"{begins // 12}-{begins % 12 + 1:02}" if months and min(months) < begins else None


def _charts(document: dict[str, Any], days: list[AxisDays], timeline: dict[str, Any] | None) -> dict[str, Any]:
    """Return what page.js draws."""
    rows = [[name, one["records"]] for part in document["endpoints"] for name, one in part["streams"].items()]
    return {
        "rows": rows,
        "most_bars": MOST_BARS,
        "calendar_months": CALENDAR_MONTHS,
        "days": _drawn(days),
        "states": STATE_WORDS,
        "timeline": timeline,
    }


def _drawn(days: list[AxisDays]) -> list[dict[str, Any]]:
    """Return the days as the chart needs them: each span as `[first, last, state, promised, written, windows]`."""
    return [
        {
            "stream": axis.stream,
            "by": axis.by,
            "parents": axis.of_parents,
            "spans": [
                [str(one.first), str(one.last), STATES.index(one.state), one.promised, one.written, one.windows]
                for one in axis.spans
            ],
        }
        for axis in days
    ]


def embedded(value: Any) -> Markup:
    """Return `value` as JSON that a script element may hold: no text in it can end the element or the line."""
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing in it can be markup


def _policy(style: str, scripts: list[Markup]) -> Markup:
    """Return the Content-Security-Policy: this style and these scripts may be used, and nothing else."""
    of_scripts = " ".join(map(_hash, scripts)) or "'none'"
    text = f"default-src 'none'; script-src {of_scripts}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    return Markup(text)  # noqa: S704 - hashes have no markup


def _hash(text: str) -> str:
    """Return how a policy names a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(name: str) -> Markup:
    """Return a file of the page that was not made from anything outside."""
    return Markup(files(__package__).joinpath(f"{ASSETS}/{name}").read_text(encoding="utf-8"))  # noqa: S704 - see above


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or "", ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embedded"] = embedded
    environment.filters |= {"number": words.number, "duration": words.duration}
    return environment

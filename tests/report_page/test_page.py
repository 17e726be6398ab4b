"""The page of a report: what it says, and that nothing in it can become markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest

from tap_daktela.report_page.changes import kept
from tap_daktela.report_page.page import page
from tests.helpers.harness import REPOSITORY
from tests.helpers.report.documents import document, endpoint, lane, output, timeline, window

HOSTILE = "<img src=x onerror=alert(1)>\"'</script>\u2028{{ 7 * 7 }}"


class Parsed(HTMLParser):
    """A page, as a browser takes it apart: its text, its tags and the attributes of these."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        """Keep text, and scripts apart from it."""
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside == "style":
            self.styles.append(data)
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text, with one blank where there are several."""
        return " ".join(" ".join(self.texts).split())


def parsed(*args: Any, earlier: dict[str, Any] | None = None, **more: Any) -> Parsed:
    return Parsed(page(document(*args, **more), timeline(), earlier).decode())


def test_a_complete_run() -> None:
    shown = parsed(endpoint(), endpoint("queues", ranges=[], streams={"queues": output(3) | {"bookmarks": {}}}))
    assert "✓ Complete up to 2024-11-05 12:30 (Europe/Prague): 2 streams, everything that was selected." in shown.text
    assert "Rows written 13" in shown.text
    assert "✓ No gap" in shown.text
    assert "✓ All bookmarks are at the end of the run or later." in shown.text
    assert "without a bookmark: queues." in shown.text


def test_a_complete_run_says_what_was_skipped() -> None:
    shown = parsed(endpoint(), skipped={"queues": "queues: the user has no right to read it (HTTP 403)"})
    assert "1 stream. Left out, as on_denied says: 1 stream that the user may not read." in shown.text
    assert "queues : the user has no right to read it (HTTP 403)" in shown.text


def test_a_calendar_that_lacks_days_says_so() -> None:
    ranges = [{"by": "edited", "from": "2010-01-01 00:00:00", "to": "2024-11-05 12:30:00", "lookback": False}]
    shown = parsed(endpoint(ranges=ranges))
    assert "The calendar begins with 2018-12." in shown.text
    assert "The calendar begins" not in parsed(endpoint()).text


def test_failed_streams_are_named_with_their_reasons() -> None:
    short = window("edited", "2024-11-01 00:00:00", "2024-11-03 00:00:00", 1000, 997)
    both = {"tickets": output(997, "2024-11-01T00:00:00Z"), "tickets_statuses": output(5, None)}
    failure = "tickets: the instance promises 1000 rows and gives 997"
    shown = parsed(
        endpoint(complete=False, failure=failure, streams=both, windows=[short]),
        endpoint("users"),
        complete=False,
        failure=f"1 of 2 streams failed: {failure}",
    )
    assert "✗ Not complete: tickets failed. All others were read up to 2024-11-05 12:30 (Europe/Prague)." in shown.text
    assert "tickets (and tickets_statuses) : the instance promises 1000 rows and gives 997" in shown.text
    assert "tickets edited 2024-11-01 2024-11-02 1,000 997 ✗ not as many as promised" in shown.text
    assert "tickets edited 2024-11-03 2024-11-05 \N{EN DASH} 0 ○ not read" in shown.text
    assert "4 d 11 h behind" in shown.text
    assert "✗ no bookmark" in shown.text


def test_a_stopped_run_names_what_was_not_read() -> None:
    users = endpoint("users", complete=False, streams={"users": output(0)})
    shown = parsed(endpoint(), users, complete=False, failure="stopped by signal 15")
    assert "✗ Not complete: stopped by signal 15." in shown.text
    assert "Not read to their end : users" in shown.text
    assert "without new rows" not in shown.text


def test_a_run_that_has_not_ended_and_one_that_never_began() -> None:
    shown = parsed(ended=None, complete=False, failure="the run has not ended", timezone=None, instance=None)
    assert "This run has not ended." in shown.text
    shown = parsed(complete=False, failure="url is missing", timezone=None, instance=None)
    assert "✗ Not complete: url is missing." in shown.text


def test_what_was_left_out_and_why() -> None:
    left = {"orphans": 2, "without_key": 1}
    shown = parsed(
        endpoint(left_out=left, streams={"tickets": output(7, without_key=1)}),
        skipped={"queues": "queues: the user has no right to read it (HTTP 403)"},
        settings={**document()["settings"], "filters": ["tickets"], "end_date": "2024-11-05"},
    )
    assert "queues queues: the user has no right to read it (HTTP 403)" in shown.text
    assert "tickets: 2 rows orphans" in shown.text
    assert "tickets: 1 row or element they have no usable key" in shown.text
    assert (
        "everything from 2024-11-05 12:30 (Europe/Prague) on end_date is 2024-11-05, or where that is still to come"
        in shown.text
    )
    assert "rows of tickets that do not pass its filter" in shown.text


def test_lists_without_windows_of_time_have_no_days_and_no_praise() -> None:
    failure = "users: the user has no right to read it (HTTP 403)"
    none = output(0) | {"bookmarks": {}}
    users = endpoint("users", ranges=[], windows=[], complete=False, failure=failure, streams={"users": none})
    shown = parsed(users, complete=False, failure=failure)
    assert "No gap" not in shown.text
    assert "✗ Read whole, without windows of time, and not to the end: users." in shown.text
    unknown = window("edited", "2024-11-01 00:00:00", "2024-11-05 12:30:00", None, 10)
    assert "For 1 window the instance gave no total" in parsed(endpoint(windows=[unknown])).text


def test_a_bookmark_later_than_the_end_of_the_run_is_not_behind() -> None:
    shown = parsed(endpoint(streams={"tickets": output(0, "2024-11-09T00:00:00Z")}))
    assert "✓ All bookmarks are at the end of the run or later." in shown.text


def test_retries_of_a_request_that_failed_in_the_end_are_counted() -> None:
    told = timeline(lane("tickets", 0.5, (0.5, 2.0)), retries=((0.1, "tickets", "HTTP 503"), (0.4, "tickets", "reset")))
    shown = Parsed(page(document(endpoint(retries=0)), told, None).decode())
    assert "Retries 2 " in shown.text
    assert "tickets ✓ complete 10 2 2 1000 Bytes" in shown.text


def test_what_changed_since_the_last_page() -> None:
    assert "no report of an earlier run" in parsed(endpoint()).text
    shown = parsed(endpoint(streams={"tickets": output(12)}), earlier=kept(document(endpoint())))
    assert "12 rows, 2 more than the last time (10)." in shown.text
    assert "tickets 10 12 +2" in shown.text


def test_nothing_from_outside_becomes_markup() -> None:
    bad = output(1, invalid_values={HOSTILE: 1}, invalid_examples={HOSTILE: HOSTILE}, unwrapped_values={HOSTILE: 1})
    hostile = endpoint(HOSTILE, failure=HOSTILE, complete=False, streams={HOSTILE: bad})
    run = document(hostile, complete=False, failure=HOSTILE, instance=HOSTILE, skipped={HOSTILE: HOSTILE})
    lanes = timeline(lane(HOSTILE, 1.0, (2.0, 3.0)), retries=((1.0, HOSTILE, HOSTILE),))
    plain = page(document(endpoint()), lanes, None).decode()
    text = page(run, lanes, kept(run)).decode()
    names = {tag for tag, _ in Parsed(plain).tags} | {"strong", "tr", "td", "li", "ul", "details", "summary", "p"}
    shown = Parsed(text)
    assert {tag for tag, _ in shown.tags} <= names
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert "49" not in shown.text
    assert "\u2028" not in "".join(shown.scripts)


def test_only_the_scripts_and_the_style_of_the_page_are_used() -> None:
    shown = parsed(endpoint())
    [policy] = [one["content"] for tag, one in shown.tags if one.get("http-equiv") == "Content-Security-Policy"]
    code = [text for text in shown.scripts if not text.startswith(("{", "null"))]
    first, second, style = (
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (*code, "".join(shown.styles))
    )
    assert policy == (
        f"default-src 'none'; script-src {first} {second}; style-src {style}; base-uri 'none'; form-action 'none'"
    )
    assert not [tag for tag, attributes in shown.tags if {"src", "srcset", "data"} & attributes.keys()]
    assert all(one["href"].startswith("#") for tag, one in shown.tags if tag in {"a", "link"})


def test_headings_are_in_order_and_the_page_has_a_language_and_a_title() -> None:
    shown = parsed(endpoint())
    levels = [tag for tag, _ in shown.tags if re.fullmatch(r"h\d", tag)]
    assert levels == ["h1"] + ["h2"] * 9
    assert next(one["lang"] for tag, one in shown.tags if tag == "html") == "en"
    assert "✓ Complete \N{EN DASH} tap-daktela, 2024-11-05 13:00 (Europe/Prague)" in shown.text


@pytest.mark.parametrize("name", ["echarts.min.js", "LICENSE", "NOTICE"])
def test_the_library_of_the_charts_is_as_it_was_released(name: str) -> None:
    content = files("tap_daktela.report_page").joinpath(f"assets/echarts/{name}").read_bytes()
    documented = (REPOSITORY / "docs/development.md").read_text(encoding="utf-8")
    assert f"| `{name}` | `{hashlib.sha256(content).hexdigest()}` |" in documented

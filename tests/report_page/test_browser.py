"""The page in a browser: nothing is missing, nothing is fetched, nothing is hidden from a keyboard or on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.report_page.changes import kept
from tap_daktela.report_page.page import page
from tests.helpers.browser import browser, opened
from tests.helpers.report.documents import document, endpoint, lane, output, timeline, window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = "\"'</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
CONTRAST = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!colour.startsWith("rgba(0, 0, 0, 0")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && !one.closest("svg, script"))
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => [light(getComputedStyle(one).color), light(behind(one)), one.outerHTML.slice(0, 80)])
    .filter(([ink, paper]) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5);
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the page of a run that failed, with all that a page can show, and with a hostile name in every place."""
    bad = output(7, None, invalid_values={HOSTILE: 1}, invalid_examples={HOSTILE: HOSTILE}, without_key=1)
    windows = [
        window("edited", "2024-11-01 00:00:00", "2024-11-03 00:00:00", 7, 7),
        window("edited", "2024-11-03 00:00:00", "2024-11-04 00:00:00", 4, 3),
    ]
    run = document(
        endpoint(),
        endpoint(HOSTILE, complete=False, failure=HOSTILE, streams={HOSTILE: bad}, windows=windows),
        complete=False,
        failure=HOSTILE,
    )
    lanes = (lane("tickets", 1.0, (0.5, 12.0)), lane(HOSTILE, 2.0, (12.0, 29.0)))
    times = timeline(*lanes, retries=((3.0, "tickets", "HTTP 503"), (14.0, HOSTILE, HOSTILE)))
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_bytes(page(run, times, kept(document(endpoint()))))
    return file


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)  # fmt: skip
def test_the_page_on_a_screen(chromium: Any, file: Path, scheme: str, width: int) -> None:
    with opened(chromium, file, color_scheme=scheme, viewport={"width": width, "height": 800}) as shown:
        page = shown.page
        assert page.locator("figure svg").count() == 4
        assert "✗ Not complete" in page.title()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        is_dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        assert is_dark == (scheme == "dark")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert (shown.complaints, shown.requests) == ([], [])


def test_one_stream_of_the_calendar_is_chosen_by_keyboard(chromium: Any, file: Path) -> None:
    with opened(chromium, file) as shown:
        page = shown.page
        days = page.locator("figure[data-chart=days]")
        everything = days.inner_html()
        page.locator("#which").focus()
        page.keyboard.press("ArrowDown")
        assert page.locator("#which").input_value() == "0"
        assert "✗" in everything
        assert "✗" not in days.inner_text()
        page.keyboard.press("ArrowDown")
        assert "✗" in days.inner_text()
        assert shown.complaints == []


def test_everything_is_reached_by_tab_and_shows_it(chromium: Any, file: Path) -> None:
    with opened(chromium, file) as shown:
        page = shown.page
        wanted = page.locator("a, summary, select, [tabindex='0']").evaluate_all(
            "(all) => all.filter((one) => one.checkVisibility()).length"
        )
        seen = set()
        for number in range(wanted):
            page.keyboard.press("Tab")
            page.evaluate(f"document.activeElement.dataset.reached = '{number}'")
            seen.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        assert page.locator("[data-reached]").count() == wanted > 20
        assert seen == {"solid"}


def test_on_paper_all_sections_are_open_and_charts_are_on_white(chromium: Any, file: Path) -> None:
    with opened(chromium, file, color_scheme="dark") as shown:
        page = shown.page
        closed = page.locator("details:not([open])").count()
        page.emulate_media(media="print")
        page.locator("html[data-print]").wait_for(state="attached")
        assert page.locator("details:not([open])").count() == 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        widths = page.locator("figure svg").evaluate_all("(all) => all.map((one) => one.clientWidth)")
        assert widths == [680] * 4
        page.emulate_media(media="screen")
        page.locator("html:not([data-print])").wait_for(state="attached")
        assert page.locator("details:not([open])").count() == closed > 0
        assert shown.complaints == []


def test_the_page_without_scripts(chromium: Any, file: Path) -> None:
    with opened(chromium, file, java_script_enabled=False) as shown:
        text = shown.page.inner_text("body")
        assert "Not complete" in text
        assert "not as many as promised" in text
        assert shown.page.locator("figure").first.is_hidden()
        assert shown.page.locator("#which").is_hidden()

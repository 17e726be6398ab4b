"""Headless Chromium without a network, for what people look at in a browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

OFFLINE = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]


class Opened:
    """A page in a browser.

    - `page`: Playwright's page.
    - `complaints`: warnings, errors and uncaught exceptions in the console.
    - `requests`: addresses that it asked for, other than files of this machine. None of them was answered.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route(lambda address: not address.startswith(("file:", "data:", "blob:")), self._refuse)

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"warning", "error"}:
            self.complaints.append(text)

    def _refuse(self, route: Route) -> None:
        self.requests.append(route.request.url)
        route.abort()


@contextmanager
def browser() -> Iterator[Any]:
    """Run a browser; `opened` shows files in it."""
    program = shutil.which("chromium")
    assert program, "Chromium is missing: run scripts/setup browser"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *OFFLINE])
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def opened(chromium: Any, file: Path, **context: Any) -> Iterator[Opened]:
    """Show a file in a window; `context` goes to Playwright's `new_context`, such as `viewport` or `color_scheme`."""
    window = chromium.new_context(**context)
    try:
        window.set_default_timeout(120_000)
        shown = Opened(window.new_page())
        shown.page.goto(file.as_uri())
        yield shown
    finally:
        window.close()

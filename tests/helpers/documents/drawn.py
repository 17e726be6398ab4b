"""Diagrams of the documents as a browser shows them, drawn by Mermaid like on GitHub, and measured."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from tests.helpers.browser import browser, opened
from tests.helpers.harness import REPOSITORY

MERMAID = REPOSITORY / ".venv-browser/mermaid.min.js"
WIDTH = 850
"""Pixels that a page on GitHub has for its text."""

PAGE = """\
<!doctype html>
<meta charset="utf-8">
<style>body {{ margin: 0 }} section {{ width: {width}px }} pre {{ margin: 0 }}</style>
{sections}
<script src="{mermaid}"></script>
"""
DRAW = """
async () => {
  mermaid.initialize({startOnLoad: false, maxTextSize: 50000, maxEdges: 500})
  const errors = []
  for (const block of document.querySelectorAll("pre"))
    errors.push(await mermaid.run({nodes: [block]}).then(() => null, error => String(error.message || error)))
  return errors
}
"""
MEASURE = """
section => {
  const svg = section.querySelector("svg")
  const frame = element => {
    const {left, top, right, bottom} = element.getBoundingClientRect()
    return [left, top, right, bottom]
  }
  const said = element => element.querySelector("foreignObject").textContent.trim()
  const named = selector => [...svg.querySelectorAll(selector)].map(element => [said(element), frame(element)])
  const points = path => Array.from({length: 41}, (_, step) => {
    const point = path.getPointAtLength(path.getTotalLength() * step / 40).matrixTransform(path.getScreenCTM())
    return [point.x, point.y]
  })
  const texts = [...svg.querySelectorAll("foreignObject")].filter(text => text.textContent.trim())
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
  return {
    letters: Math.min(...texts.map(text => scale * parseFloat(getComputedStyle(text.querySelector("p")).fontSize))),
    texts: texts.map(text => [text.textContent.trim(), frame(text.querySelector("p")), frame(text)]),
    picture: frame(svg),
    boxes: named("g.node"),
    labels: named("g.edgeLabels > g"),
    lines: [...svg.querySelectorAll("g.edgePaths path")].map(points),
  }
}
"""

Frame = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """A diagram on the screen, in its pixels; a frame is left, top, right, bottom.

    - `letters`: the height of the smallest letters.
    - `texts`: each text, the frame of its letters, and the frame that it was given.
    - `picture`: the frame of the whole.
    - `boxes`, `labels`: the first line of each box and the text beside each line, with their frames.
    - `lines`: each line between boxes, as points.
    """

    letters: float
    texts: list[tuple[str, Frame, Frame]]
    picture: Frame
    boxes: list[tuple[str, Frame]]
    labels: list[tuple[str, Frame]]
    lines: list[list[Point]]

    def cut_off(self) -> list[str]:
        """Return the texts that are larger than their frame, or outside of the picture."""
        return [text for text, own, given in self.texts if not (_within(own, given) and _within(own, self.picture))]

    def crossings(self) -> int:
        """Return how often lines cross each other."""
        return sum(
            _cross(*first, *second)
            for one, other in combinations(self.lines, 2)
            for first in pairwise(one)
            for second in pairwise(other)
        )

    def covered(self) -> list[str]:
        """Return the boxes that a line runs through, and the labels on a box or on another label."""
        frames = [frame for _, frame in self.boxes]
        hit = [
            name for name, frame in self.boxes if any(_inside(point, frame) for line in self.lines for point in line)
        ]
        hit += [text for text, frame in self.labels if any(_overlap(frame, box) for box in frames)]
        return hit + [one for (one, a), (_, b) in combinations(self.labels, 2) if _overlap(a, b)]


def drawn(diagrams: Sequence[str], folder: Path) -> list[Drawn | str]:
    """Return each diagram as it is shown, or what Mermaid says instead; `folder` takes the page."""
    assert MERMAID.exists(), "Mermaid is missing: run scripts/setup browser"
    sections = "\n".join(f"<section><pre>{html.escape(diagram)}</pre></section>" for diagram in diagrams)
    page = folder / "diagrams.html"
    page.write_text(PAGE.format(width=WIDTH, sections=sections, mermaid=MERMAID.as_uri()), encoding="utf-8")
    with browser() as chromium, opened(chromium, page, viewport={"width": WIDTH, "height": 1000}) as shown:
        errors = shown.page.evaluate(DRAW)
        shown_sections = shown.page.query_selector_all("section")
        return [error or _measured(one) for error, one in zip(errors, shown_sections, strict=True)]


def _measured(section: Any) -> Drawn:
    return Drawn(**section.evaluate(MEASURE))


def _within(inner: Frame, outer: Frame) -> bool:
    left, top, right, bottom = outer
    return inner[0] >= left - 1 and inner[1] >= top - 1 and inner[2] <= right + 1 and inner[3] <= bottom + 1


def _inside(point: Point, frame: Frame) -> bool:
    return frame[0] + 2 < point[0] < frame[2] - 2 and frame[1] + 2 < point[1] < frame[3] - 2


def _overlap(one: Frame, other: Frame) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 1


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether the way from `a` to `b` crosses that from `c` to `d`."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

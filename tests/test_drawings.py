"""Every diagram of the documents is drawn by Mermaid in a browser, as wide as on GitHub, and can be read there."""

import re

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tests.helpers.documents.blocks import DOCUMENTS, blocks
from tests.helpers.documents.drawn import Drawn, drawn
from tests.helpers.harness import REPOSITORY

LETTERS = 9
"""Pixels: with smaller letters a page is no longer read but zoomed."""
CROSSINGS = 1
"""In one drawing. There are none now; Mermaid orders boxes by a rule of thumb, and the eye can follow one."""
SIZE = 50_000
"""Characters that GitHub draws."""

CROSSED = "erDiagram\n" + "".join(f"    {one} ||--o{{ {other} : key\n" for one in "ABC" for other in "XYZ")
WIDE = "erDiagram\n" + "".join(f"    all ||--o{{ one_of_many_boxes_{number} : key\n" for number in range(12))
WRONG = "erDiagram\n    A ||--o{ : key\n"

DIAGRAMS = {
    f"{path.relative_to(REPOSITORY)}, diagram {number}": text
    for path in DOCUMENTS
    for number, text in enumerate(blocks(path, "mermaid"), start=1)
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[Drawn | str]:
    """Give all diagrams as they are shown, the unreadable ones last; one browser draws them."""
    return drawn([*DIAGRAMS.values(), CROSSED, WIDE, WRONG], tmp_path_factory.mktemp("diagrams"))


def faults(diagram: Drawn | str) -> list[str]:
    """Return what hinders reading."""
    if isinstance(diagram, str):
        return [diagram]
    found = [f"cut off: {text}" for text in diagram.cut_off()] + [f"covered: {text}" for text in diagram.covered()]
    if diagram.letters < LETTERS:
        found.append(f"letters of {diagram.letters:.1f} px")
    if (crossings := diagram.crossings()) > CROSSINGS:
        found.append(f"{crossings} crossings")
    return found


def test_every_diagram_can_be_read(shown: list[Drawn | str]) -> None:
    found = {name: faults(diagram) for name, diagram in zip(DIAGRAMS, shown, strict=False)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert [name for name, text in DIAGRAMS.items() if len(text) > SIZE] == []


def test_every_default_stream_has_a_box_in_its_chapter(shown: list[Drawn | str]) -> None:
    known = entries(STREAMS)
    page = (REPOSITORY / "docs/streams.md").read_text(encoding="utf-8")
    drawings = [one for name, one in zip(DIAGRAMS, shown, strict=False) if name.startswith("docs/streams.md,")]
    chapters = [chapter for chapter in page.split("\n## ") if "```mermaid" in chapter]
    seen = []
    for chapter, drawing in zip(chapters, drawings, strict=True):
        assert isinstance(drawing, Drawn)
        wanted = [name for name in re.findall(r"^### (\w+)$", chapter, re.MULTILINE) if known[name].selected]
        assert set(wanted) <= {name for name, _ in drawing.boxes}
        seen += wanted
    assert sorted(seen) == sorted(name for name, entry in known.items() if entry.selected)


def test_what_cannot_be_read_is_found(shown: list[Drawn | str]) -> None:
    crossed, wide, wrong = map(faults, shown[-3:])
    assert any("crossings" in fault for fault in crossed)
    assert any("letters" in fault for fault in wide)
    assert "Parse error" in wrong[0]

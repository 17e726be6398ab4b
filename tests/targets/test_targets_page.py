"""What `make targets` says of targets, and that docs/targets.md names all of them."""

from pathlib import Path
from typing import Any, cast

import pytest

from tests.helpers.harness import REPOSITORY
from tests.helpers.loads import report
from tests.helpers.loads.comparison import EMPTY_IS_NULL, Comparison
from tests.helpers.loads.loading import Effort, Outcome
from tests.helpers.loads.stores import CsvFiles
from tests.helpers.loads.trials import Trial, trials

PAGE = (REPOSITORY / "docs/targets.md").read_text(encoding="utf-8")
KEY = [("tickets", ("7",))]


def outcome(*after: Comparison, appends: bool = False, failure: str = "") -> Outcome:
    trial = Trial("target-x", "x", "target-x", CsvFiles(Path()), {"use_copy": True}, {"nested": "json"}, appends)
    return Outcome(trial, after=list(after), failure=failure, types={"integer": ["bigint", "numeric"]})


@pytest.mark.parametrize(
    ("found", "rows", "values"),
    [
        (outcome(Comparison(9), Comparison(9)), "all, each once", "as they were sent"),
        (outcome(Comparison(9), appends=True), "all, each as often as it was sent", "as they were sent"),
        (outcome(Comparison(9, lost=KEY), Comparison(9)), "**loses rows**", "as they were sent"),
        (outcome(Comparison(9), Comparison(9, surplus=KEY)), "all, some twice", "as they were sent"),
        (outcome(Comparison(9, differing={EMPTY_IS_NULL: 2})), "all, each once", EMPTY_IS_NULL),  # type: ignore[arg-type]
        (outcome(failure="fails with exit code 1: why"), "fails with exit code 1: why", ""),
    ],
)
def test_what_is_said_of_a_target(found: Outcome, rows: str, values: str) -> None:
    said = report.said([found])
    assert f"| target-x (`use_copy: true`, `nested: json`) | {rows} | {values} |" in said.splitlines()
    assert "| target-x (`use_copy: true`, `nested: json`) | bigint, numeric |  |  |  |  |  |  |" in said.splitlines()


def test_a_page_that_says_something_else_is_found() -> None:
    good, bad = (report.said([outcome(Comparison(9, lost=lost))]) for lost in ([], KEY))
    assert report.unsaid(good, f"# Targets\n\n{good}\n") == []
    [line] = report.unsaid(bad, f"# Targets\n\n{good}\n")
    assert line.endswith("| **loses rows** | as they were sent |")


def test_a_target_that_fails_has_no_numbers() -> None:
    alone = {"the tap alone": Effort(1000, 2.0, 0.5)}
    assert report.measured([outcome(failure="fails with exit code 1: why")], alone).splitlines()[-1].split(" | ")[
        :3
    ] == [
        "| the tap alone",
        "500",
        "500",
    ]


def test_a_target_that_fails_in_its_second_load_has_the_numbers_of_the_first() -> None:
    once = outcome(Comparison(9, values=27), failure="fails with exit code 1")
    once.first = Effort(9, 3.0, 0.9)
    said = report.measured([once], {})
    assert "9 rows, after the second one 9 with 27 values." in said
    assert said.endswith("| target-x (`use_copy: true`, `nested: json`) | 3 | 100,000 | 0 | 0 |  |")


def test_a_loss_is_told_with_an_example() -> None:
    sentence = report.loss(outcome(Comparison(9), Comparison(12, lost=KEY)))
    assert "loses rows and ends with exit code 0: 1 of 12 rows, such as 7 of tickets" in sentence


def test_the_tables_of_a_page_are_renewed_and_nothing_else() -> None:
    page = "a\n<!-- said: written by make targets -->\nold\n<!-- end of said -->\nb\n"
    new = report.filled(page, {"said": "| \\1 new |"})
    assert new == "a\n<!-- said: written by make targets -->\n\n| \\1 new |\n\n<!-- end of said -->\nb\n"
    assert report.filled(new, {"said": "| \\1 new |"}) == new


def test_a_page_without_the_markers_is_an_error() -> None:
    with pytest.raises(ValueError, match="'<!-- said: written by make targets -->' once"):
        report.filled("# Targets\n", {"said": "new"})


def test_the_page_names_every_target_that_is_tried(tmp_path: Path) -> None:
    nowhere = cast("Any", None)
    names = [trial.name for trial in trials(nowhere, nowhere, tmp_path)]
    for part in ("said", "measured"):
        table = PAGE.partition(f"<!-- {part}: written by make targets -->")[2].partition(f"<!-- end of {part} -->")[0]
        assert [name for name in names if f"\n| {name} | " not in table] == []

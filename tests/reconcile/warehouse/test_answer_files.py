"""Answers are read from what the usual clients write, and a file that is not whole is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tap_daktela.daktela.clock import parse_instant
from tap_daktela.errors import ConfigError
from tap_daktela.reconcile.warehouse.answer_files import read_answers, read_files
from tap_daktela.reconcile.warehouse.answer_rows import COLUMNS
from tap_daktela.reconcile.warehouse.questions import Answer, Slice, What

JANUARY = Slice("tickets", "edited", parse_instant("2024-01-01T00:00:00Z"), parse_instant("2024-02-01T00:00:00Z"))
TIME = parse_instant("2024-01-31T23:59:59Z")
ANSWERS = [
    Answer(What.COUNTS, JANUARY, rows=2),
    Answer(What.DIGESTS, JANUARY, rows=2, digest=6_000_000_000),
    Answer(What.KEYS, JANUARY, rows=2),
    Answer(What.KEYS, JANUARY, "NULL", TIME),
    Answer(What.KEYS, JANUARY, "1793004678.10"),
    Answer(What.HELD, Slice("users"), "a,b", None, 1),
]

HEADER = ",".join(COLUMNS)
WINDOW = "tickets,edited,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z"

PSQL = f"""\
{HEADER}
counts,{WINDOW},,,2,
{HEADER}
digests,{WINDOW},,,2,6000000000
{HEADER}
keys,{WINDOW},,,2,
keys,{WINDOW},NULL,2024-01-31T23:59:59Z,,
keys,{WINDOW},1793004678.10,,,
{HEADER}
held,users,"","","","a,b",,1,
"""

QUOTED = ",".join(f'"{name.upper()}"' for name in COLUMNS)
OBJECTS = [
    dict(zip(COLUMNS, (cell or None for cell in line.split(",")), strict=True))
    for line in PSQL.splitlines()
    if not line.startswith(("what", "held"))
]
HELD = {"what": "held", "stream": "users", "axis": "", "window_start": "", "window_end": "", "row_key": "a,b"}
OBJECTS.append({**HELD, "row_count": 1})

SNOWFLAKE = [",".join(f'"{cell}"' for cell in line.split(",")) for line in PSQL.splitlines() if WINDOW in line]


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


FILES = {
    "psql --csv": PSQL,
    "duckdb -csv": PSQL.replace(",,", ",NULL,").replace(",,", ",NULL,").replace(",\n", ",NULL\n").replace('""', ""),
    "Snowflake": "\ufeff" + "\r\n".join([QUOTED, *SNOWFLAKE, '"held","users","","","","a,b","","1.0",""', ""]),
    "an array of JSON": json.dumps([{name.upper(): cell for name, cell in row.items()} for row in OBJECTS], indent=1),
    "several arrays": json.dumps(OBJECTS[:3]) + "\n" + json.dumps(OBJECTS[3:]) + "\n",
    "lines of JSON": lines(OBJECTS),
    "lines without nulls": lines([{name: cell for name, cell in row.items() if cell is not None} for row in OBJECTS]),
}


Read = Callable[[str], list[Answer]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(text: str) -> list[Answer]:
        file = tmp_path / "answers"
        file.write_text(text, encoding="utf-8", newline="")
        return read_answers(str(file))

    return reading


@pytest.mark.parametrize("client", FILES)
def test_a_file_of_a_client_is_read(client: str, read: Read) -> None:
    assert read(FILES[client]) == ANSWERS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no answer"),
        (HEADER + "\n", "holds no answer"),
        ("name,edited\n", "line 1 is no header: it lacks what, stream,"),
        (PSQL.replace(",", ";"), "line 1 is no header"),
        (PSQL + "(1 row)\n", "line 11 has 1 of 9 columns: the file was cut off"),
        (PSQL[:-4], "line 10 has 7 of 9 columns"),
        (f"{HEADER}\ncounts,{WINDOW},,,many,\n", "line 2 has 'many' as row_count"),
        (f"{HEADER}\ncounts,{WINDOW.replace('T00:00:00Z', '')},,,2,\n", "line 2 has a window_start that was changed"),
        (f"{HEADER}\nkeys,{WINDOW},1,31.01.2024 23:59,,\n", "line 2 has a row_time that was changed"),
        (f"{HEADER}\ntotals,{WINDOW},,,2,\n", "line 2 has 'totals' in the column what"),
        (f"{HEADER}\ncounts,{WINDOW},,,,\n", "line 2 has no row_count"),
        (f'{HEADER}\nheld,users,"","","","a\n', "unexpected end of data"),
        ('{"what": "counts"}', "line 1 is no row of a result: it lacks stream"),
        ("[1, 2]", "line 1, row 1 of the array is no row of a result"),
        (lines([OBJECTS[-1], {**OBJECTS[-1], "row_key": 1793004678.1}]), "line 2 has 1793004678.1 as row_key"),
        (lines(OBJECTS[-1:]) + '{"what": "held', "line 2 is no JSON"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(text: str, sentence: str, read: Read) -> None:
    with pytest.raises(ConfigError, match=r"^answers: .*/answers") as caught:
        read(text)
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.csv cannot be read: No such file"):
        read_answers(str(tmp_path / "gone.csv"))


def written(folder: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in files]


def test_files_of_all_rounds_are_read_together_and_each_answer_counts_once(tmp_path: Path) -> None:
    files = written(tmp_path, first=f"{HEADER}\ncounts,{WINDOW},,,2,\n", all=FILES["lines of JSON"])
    assert read_files(files) == ANSWERS


def test_two_answers_that_differ_are_refused_since_nobody_says_which_one_is_newer(tmp_path: Path) -> None:
    files = written(tmp_path, old=f"{HEADER}\ncounts,{WINDOW},,,1,\n", new=PSQL)
    with pytest.raises(
        ConfigError, match=r"old and .*new: there are two answers about counts of tickets by edited from"
    ):
        read_files(files)


def test_a_result_of_which_a_client_wrote_only_the_first_rows_is_refused(read: Read) -> None:
    with pytest.raises(
        ConfigError, match=r"has 1 of 2 keys of tickets by edited from 2024-01-01T00:00:00Z to .* cut off"
    ):
        read("\n".join(line for line in PSQL.splitlines() if "1793004678.10" not in line))

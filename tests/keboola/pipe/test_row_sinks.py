"""How rows reach the target: which files they are in, which messages name these, and when they are removed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest

from tap_daktela.keboola.pipe import row_sinks
from tap_daktela.keboola.pipe.processes import reads_batches
from tap_daktela.keboola.pipe.row_sinks import Batches
from tap_daktela.keboola.pipe.tee import Tee
from tests.helpers import harness
from tests.helpers.keboola.pipeline_helpers import job, run, script, wait_for

SCHEMA = b'{"type":"SCHEMA","stream":"%b","schema":{"properties":{"n":{}}},"key_properties":[]}\n'
STATE = b'{"type":"STATE","value":{}}\n'
PAGE = "2026-03-01T12:00:00.000000Z"


def records(stream: str, *values: Any, at: str = PAGE) -> bytes:
    """Return RECORD lines as the tap writes them."""
    lines = [{"type": "RECORD", "stream": stream, "record": {"n": n}, "time_extracted": at} for n in values]
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in lines).encode()


class Got:
    """What a target gets of `lines`."""

    def __init__(self, raw: Path, *lines: bytes) -> None:
        self.raw = raw
        pipe = io.BytesIO()
        self.tee = Tee(io.BytesIO(b"".join(lines)), Batches(pipe, raw))
        self.tee.run()
        found = [json.loads(line) for line in pipe.getvalue().splitlines()]
        self.messages = [one for one in found if one["stream" if "stream" in one else "type"] != ".read"]
        self.types = [one["type"] for one in self.messages]

    def files(self, stream: str) -> list[list[Any]]:
        """Return the values in each file of a stream."""
        named = [one["manifest"] for one in self.messages if one["type"] == "BATCH" and one["stream"] == stream]
        assert all(len(files) == 1 for files in named)
        return [[json.loads(line)["n"] for line in Path(one).read_bytes().splitlines()] for [one] in named]

    def values(self, stream: str) -> list[Any]:
        """Return the values in all files of a stream."""
        return [value for values in self.files(stream) for value in values]


def test_rows_come_in_files_and_the_rest_in_messages(tmp_path: Path) -> None:
    got = Got(tmp_path, SCHEMA % b"a", records("a", 1, 2), STATE, records("a", 3), SCHEMA % b"b", records("b", 4))
    assert got.types == ["SCHEMA", "BATCH", "STATE", "BATCH", "SCHEMA", "BATCH"]
    assert (got.files("a"), got.files("b")) == ([[1, 2], [3]], [[4]])
    assert {name: counts.rows for name, counts in got.tee.streams.items()} == {"a": 3, "b": 1}


def test_streams_that_alternate_have_files_of_their_own(tmp_path: Path) -> None:
    begin = [SCHEMA % b"a", SCHEMA % b"aa"]
    got = Got(tmp_path, *begin, records("a", 1), records("aa", 2, 3), records("a", 4), STATE, records("aa", 5))
    assert (got.files("a"), got.files("aa")) == ([[1, 4]], [[2, 3], [5]])
    assert [one.get("stream", "state") for one in got.messages[2:]] == ["a", "aa", "state", "aa"]


def test_files_have_their_size_also_where_streams_alternate(tmp_path: Path) -> None:
    pages = [records("a", *["x" * 1000] * 100) + records("aa", *range(100)) for _ in range(20)]
    got = Got(tmp_path, SCHEMA % b"a", SCHEMA % b"aa", *pages)
    assert min(len(values) for values in got.files("a")[:-1]) > 0.9 * row_sinks.BATCH_BYTES / 1200
    assert got.files("aa") == [list(range(100)) * 20]


@pytest.mark.parametrize(
    "value",
    [
        None,
        0.1,
        {"time_extracted": PAGE},
        f'"}},"time_extracted":"{PAGE}"}}\n',
        '}\n{"type":"RECORD","stream":"a","record":{"n":1}',
        "\u2028 é \\",
        "x" * 300_000,
    ],
)
@pytest.mark.parametrize("pages", [1, 2])
def test_a_record_is_what_the_tap_wrote_whatever_is_in_it(tmp_path: Path, value: Any, pages: int) -> None:
    lines = [records("a", value, n, value, at=f"2026-03-0{1 + n}T00:00:00.000000Z") for n in range(pages)]
    got = Got(tmp_path, SCHEMA % b"a", *lines)
    assert set(got.types) == {"SCHEMA", "BATCH"}
    assert got.values("a") == [one for n in range(pages) for one in (value, n, value)]


@pytest.mark.parametrize(
    "odd",
    [
        b'{"type":"RECORD","stream":"a","record":{"n":2}}\n',
        b'{"type":"RECORD","stream":"a","record":{"n":2},"version":1,"time_extracted":"2026"}\n',
        b'{"type":"RECORD","stream":"a","version":1,"record":{"n":2},"time_extracted":"2026"}\n',
        b'{"stream":"a","record":{"n":2},"type":"RECORD"}\n',
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_row_is_lost_if_a_message_has_another_form(tmp_path: Path, odd: bytes, place: int) -> None:
    lines = [records("a", 1), records("a", 3)]
    lines.insert(place, odd)
    got = Got(tmp_path, SCHEMA % b"a", *lines)
    plain = [one["record"]["n"] for one in got.messages if one["type"] == "RECORD"]
    assert sorted([*got.values("a"), *plain]) == [1, 2, 3]
    assert got.tee.streams["a"].rows == 3


def test_files_have_a_size_in_bytes_whatever_the_rows_are_like(tmp_path: Path) -> None:
    short = [records("a", *["x" * 1000] * 100) for _ in range(20)]
    long = [records("a", "x" * 1_000_000) for _ in range(3)]
    got = Got(tmp_path, SCHEMA % b"a", *short, *long)
    sizes = [len(values) for values in got.files("a")]
    assert sum(sizes) == 2003
    assert max(sizes) < 1.3 * row_sinks.BATCH_BYTES / 1000
    assert sizes[-2:] == [1, 1]


def test_files_are_removed_behind_the_mark_that_the_target_has_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_sinks, "BATCH_BYTES", 1)
    pipe = io.BytesIO()
    sink = Batches(pipe, tmp_path)

    def sent(many: int) -> list[int]:
        for n in range(many):
            sink.records("a", records("a", n), 1)
        return sorted(int(file.stem) for file in (tmp_path / "batches").glob("[0-9]*"))

    assert sent(40) == list(range(40))
    messages = [json.loads(line) for line in pipe.getvalue().splitlines()]
    marks = [place for place, one in enumerate(messages) if one["type"] == "BATCH" and one["stream"] == ".read"]
    assert marks == [17, 34]  # Behind the schema of the marks and 16 files each.
    (tmp_path / ".read.csv").write_bytes(b"n\r\n")
    assert sent(8) == list(range(48))
    (tmp_path / ".read.csv").write_bytes(b"n\r\n1\r\n1\r\n")
    assert sent(16) == list(range(32, 64))


def test_the_target_shows_which_files_it_has_read(
    target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_sinks, "BATCH_BYTES", 1)
    config = tmp_path / "target.json"
    config.write_text(json.dumps({"output_path": str(tmp_path)}), encoding="utf-8")
    with subprocess.Popen(
        [target_csv, "--config", config], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as target:
        pipe = cast("io.BufferedWriter", target.stdin)
        sink = Batches(pipe, tmp_path)
        sink.message(SCHEMA % b"a")

        def send(*values: int) -> set[int]:
            for value in values:
                sink.records("a", records("a", value), 1)
            sink.flush()
            return {int(file.stem) for file in (tmp_path / "batches").glob("[0-9]*")}

        send(*range(40))
        wait_for(lambda: (tmp_path / "a.csv").exists() and (tmp_path / "a.csv").read_bytes().endswith(b"39\r\n"))
        # The mark behind the next files is not written yet.
        assert send(*range(40, 48)) == set(range(32, 48))
        sink.end()
        pipe.close()
        assert target.wait(harness.PATIENCE) == 0
    assert (tmp_path / "a.csv").read_bytes() == b"n\r\n" + b"".join(b"%d\r\n" % n for n in range(48))


def test_the_target_reads_the_files_and_the_table_is_the_same(
    daktela: harness.Sandbox, tmp_path: Path, target_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(place: str, comment: str) -> tuple[set[str], bytes]:
        """Return which messages a target gets and the table that comes of them."""
        seen = tmp_path / f"{place}.jsonl"
        piped = f'tee {seen} | {target_csv} "$@"'
        body = f"# {comment}\nimport os, sys\nos.execvp('sh', ['sh', '-c', {piped!r}, *sys.argv])\n"
        spy = script(tmp_path / f"{place}-target", body)
        monkeypatch.setenv("TARGET_CSV", str(spy))
        out = tmp_path / place
        run(job(daktela, "activities"), out)
        types = {json.loads(line)["type"] for line in seen.read_bytes().splitlines()}
        return types, (out / "acme_activities.csv").read_bytes()

    files, table = written("files", "runs meltanolabs_target_csv")
    messages, same = written("messages", "of another make")
    assert (files, messages) == ({"SCHEMA", "BATCH", "STATE"}, {"SCHEMA", "RECORD", "STATE"})
    assert table == same
    assert table.count(b"\r\n") > 60


def test_which_targets_read_files(target_csv: Path, tmp_path: Path) -> None:
    assert reads_batches(target_csv, tmp_path)
    (tmp_path / "linked").symlink_to(target_csv)
    assert reads_batches(tmp_path / "linked", tmp_path)
    assert not reads_batches(script(tmp_path / "other", "import target_csv"), tmp_path)
    # target-csv reads the path of a file as a URL and does not undo its quoting.
    assert not reads_batches(target_csv, tmp_path / "my folder")
    assert not reads_batches(target_csv, tmp_path / "é")


def test_the_target_still_does_not_undo_the_quoting_of_a_path(target_csv: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my folder"
    folder.mkdir()
    got = Got(folder, SCHEMA % b"a", records("a", 1))
    (folder / "target.json").write_text(json.dumps({"output_path": str(folder)}), encoding="utf-8")
    lines = "".join(json.dumps(one) + "\n" for one in got.messages)
    ended = subprocess.run(
        [target_csv, "--config", folder / "target.json"], input=lines, text=True, capture_output=True, check=False
    )
    assert "FileNotFoundError" in ended.stderr
    shutil.copytree(folder, tmp_path / "plain")
    again = subprocess.run(
        [target_csv, "--config", folder / "target.json"],
        input=lines.replace("my folder", "plain"),
        text=True,
        capture_output=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert (folder / "a.csv").read_bytes() == b"n\r\n1\r\n"


@pytest.mark.parametrize("place", [".", "/{folder}"])
def test_the_folder_of_temporary_files_may_be_written_in_any_way(
    daktela: harness.Sandbox, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(temporary)
    monkeypatch.setattr(tempfile, "tempdir", place.format(folder=temporary))
    run(job(daktela, "users"), tmp_path / "out")
    assert (tmp_path / "out/acme_users.csv").read_bytes().count(b"\r\n") > 1
    assert list(temporary.iterdir()) == []

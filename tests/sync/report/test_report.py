"""The file of a report, and the sums in it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError, ContractError, Interrupted, RemoteError, sentence
from tap_daktela.redaction import redactor
from tap_daktela.runtime.signals import SIGNALS
from tap_daktela.sync.reading.results import Counted
from tap_daktela.sync.reading.row_range import RowRange, WindowCounts
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records import record_maker
from tap_daktela.sync.report.document import window_entry
from tap_daktela.sync.report.files import ReportFile
from tap_daktela.sync.report.report import Report
from tests.helpers.record_helpers import READ_AT, output, records

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_killed_run_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path, target = tmp_path / "report.json", tmp_path / "elsewhere.json"
    path.symlink_to(target)
    (tmp_path / "elsewhere.json.new").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("kept", encoding="utf-8")
    with Report(str(path)):
        assert json.loads(path.read_text(encoding="utf-8"))["failure"] == "the run has not ended"
    assert path.is_symlink()
    assert json.loads(target.read_text(encoding="utf-8"))["complete"] is True
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "kept"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["elsewhere.json", "precious", "report.json"]


def test_a_report_that_can_no_longer_be_written_fails_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"^arguments: --report: cannot write .*No such file"), Report(f"{folder}/x"):
        shutil.rmtree(folder)


def test_a_run_that_failed_keeps_its_own_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(RemoteError, match="no answer"), Report(f"{folder}/x"):  # noqa: PT012 - in a broken folder
        shutil.rmtree(folder)
        raise RemoteError("no answer")
    assert "arguments: --report: cannot write" in caplog.text


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_does_not_cut_the_last_report_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    replace = ReportFile.replace

    def replace_under_a_signal(file: ReportFile, content: bytes) -> None:
        signal.raise_signal(number)
        replace(file, content)

    handler = signal.signal(number, lambda *_: pytest.fail("the signal came through"))
    try:
        with pytest.raises(Interrupted), Report(str(tmp_path / "report.json")):  # noqa: PT012 - within the run
            monkeypatch.setattr(ReportFile, "replace", replace_under_a_signal)
            raise Interrupted(number)
        assert callable(signal.getsignal(number))
    finally:
        signal.signal(number, handler)
    told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert told["failure"].startswith(f"stopped by signal {number}")


def test_a_path_that_is_no_text_can_be_told() -> None:
    assert sentence(ConfigError("config: cannot read \udcff.json")) == "config: cannot read \\udcff.json"


def test_keys_are_told_as_the_log_tells_them() -> None:
    redactor.add("SANDBOX-SECRET-key")
    rows = RowRange(Window("2024-01-01 00:00:00", "2024-01-01 00:00:01"), after=7, upto="SANDBOX-SECRET-key")
    assert window_entry(Counted("edited", rows, WindowCounts(None, 2, 1, 0))) == {
        "by": "edited", "from": "2024-01-01 00:00:00", "to": "2024-01-01 00:00:01", "after": "7", "up_to": "***",
        "promised": None, "written": 2, "repeated": 1, "reread": 0,
    }  # fmt: skip


def test_a_record_that_gets_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"name": 1, "statuses": [{"name": "s1", "title": "A"}, {"name": "s2", "title": "B"}]}
    out = output(entries(STREAMS)["tickets_statuses"])
    assert len(records(out, [row])) == out.rows == 2
    whole = record_maker.compile_shape
    monkeypatch.setattr(
        record_maker, "compile_shape", lambda *rest, **more: lambda rows: whole(*rest, **more)(rows)[1:]
    )
    out = output(entries(STREAMS)["tickets_statuses"])
    with pytest.raises(ContractError, match=r"tickets_statuses: .* 2 rows became 1 records, and 0 were refused"):
        out.lines([row], READ_AT)


def test_only_a_page_costs_its_template(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from tap_daktela.sync.report.report import Report\n"
        "for name in ('report.json', 'page.html'):\n"
        "    with Report(name):\n"
        "        print('jinja2' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    assert "Not complete" not in (tmp_path / "page.html").read_text(encoding="utf-8")

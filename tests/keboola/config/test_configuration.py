"""config.json as the platform writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import UserError
from tap_daktela.keboola.config.configuration import Configuration, read_configuration

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"action": "listStreams", "parameters": {"a": 1}}', Configuration("listStreams", {"a": 1})),
        ('{"parameters": []}', Configuration("run", {})),
        ("\ufeff{}", Configuration("run", {})),
    ],
)
def test_what_the_file_holds(tmp_path: Path, text: str, found: Configuration) -> None:
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    assert read_configuration(tmp_path) == found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, r"config.json cannot be read in .* \(No such file or directory\); KBC_DATADIR names its folder"),
        (b"\xff", "config.json is not text in UTF-8"),
        (b"{", "config.json is not JSON"),
        (b"[]", "config.json does not hold an object"),
        (b'{"parameters": "a"}', "parameters must be an object"),
    ],
)
def test_a_file_that_is_wrong_is_told(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(UserError, match=f"^{sentence}"):
        read_configuration(tmp_path)

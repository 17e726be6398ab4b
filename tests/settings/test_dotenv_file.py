"""The file `.env` says the same to us as to python-dotenv, or is refused."""

from __future__ import annotations

import io
import os
from tempfile import TemporaryDirectory
from unittest.mock import patch

from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.errors import ConfigError
from tap_daktela.settings.dotenv_file import read_dotenv
from tests.helpers.dirty_values import bounded

PROCESS = {"HOST": "process", "OURS_A": "process"}
SECRET = "canary-5f0e2b"
NAMES = ["OURS_A", "OURS_B", "ours_c", "HOST", "export OURS_A"]
BETWEEN = ["=", "=", "=", " = ", "='", '="', "", " "]
VALUES = st.sampled_from(
    [SECRET, "ž", "${HOST}", "${OURS_A}", "${NONE}", "${NONE:-x}", "${", "}", "$", "'", '"', "\\", "#", " #", " ", "\n"]
)
ENDS = ["\n", "'\n", '"\n', "\r\n", "\r", " # comment\n", "\u2028\n", "\n\n#\n", ""]
LINES = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(BETWEEN), st.lists(VALUES, max_size=4).map("".join), st.sampled_from(ENDS)
)
TEXTS = st.lists(LINES.map("".join) | VALUES, max_size=5).map("".join)


def read(text: str) -> dict[str, str] | ConfigError:
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, ".env")  # noqa: PTH118 - as it is handed over
        with open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - the same
            file.write(text)
        try:
            return read_dotenv(path, PROCESS, "OURS_")
        except ConfigError as error:
            return error


@bounded(300)
@given(TEXTS)
def test_what_is_not_refused_is_what_python_dotenv_reads(text: str) -> None:
    found = read(text)
    if isinstance(found, ConfigError):
        assert SECRET not in str(found)
        return
    with patch.dict(os.environ, PROCESS, clear=True):
        wanted = dotenv_values(stream=io.StringIO(text, newline=None), interpolate=True)
    assert found == {name: value for name, value in wanted.items() if name.upper().startswith("OURS_")}

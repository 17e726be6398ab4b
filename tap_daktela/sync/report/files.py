"""The files of reports: which may be replaced, and how."""

import os
import sys
from pathlib import Path

from tap_daktela.errors import ConfigError

MOST_BYTES = 20 * 2**20
"""Bytes that are read of an earlier report. No page is so large."""


class ReportFile:
    """The file that `path`, an argument of the command line, leads to. ConfigError if it must not be replaced."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = Path(os.path.realpath(path))
        try:
            there = self._file.stat() if self._file.exists() else None
        except OSError as error:
            raise self._unwritable(error) from error
        if there is not None and not self._file.is_file():
            raise ConfigError(f"arguments: --report: '{path}' is no file")
        ours = [os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr) if stream is not None]
        if there is not None and any(os.path.samestat(there, one) for one in ours):
            raise ConfigError(f"arguments: --report: records or log go to {path} already")

    @property
    def is_page(self) -> bool:
        """Whether the report is a page for people."""
        return self.path.lower().endswith((".html", ".htm"))

    def text(self) -> str:
        """Return what is in the file; empty if there is none. ConfigError if it cannot be read."""
        try:
            with self._file.open("rb") as file:
                return file.read(MOST_BYTES).decode(errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise ConfigError(f"arguments: --report: cannot read {self.path}: {error.strerror}") from error

    def replace(self, content: bytes) -> None:
        """Write `content` in one step: whoever reads the file sees the old one or the new one."""
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            beside.unlink(missing_ok=True)  # What a killed run left.
            with beside.open("xb") as file:
                file.write(content)
            beside.replace(self._file)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> ConfigError:
        return ConfigError(f"arguments: --report: cannot write {self.path}: {error.strerror}")

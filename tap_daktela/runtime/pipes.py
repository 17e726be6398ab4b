"""Pipes between processes."""

import fcntl
import os
import stat
from contextlib import suppress

PIPE_BYTES = 2**20
"""Bytes that a pipe may hold: the most that Linux allows every user."""


def widen(descriptor: int) -> None:
    """Let a pipe hold a page of rows, if the system can and allows it: else one end often waits for the other."""
    if hasattr(fcntl, "F_SETPIPE_SZ") and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        with suppress(PermissionError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

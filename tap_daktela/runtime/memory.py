"""How memory is kept in a process in which threads read large bodies and one thread uses their rows."""

from __future__ import annotations

import ctypes
import gc

__all__ = ["collect_rarely", "share_one_heap"]

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # glibc's malloc.h
_LARGE = 512 * 1024
_MUCH = 64 * 2**20
_OBJECTS = 20_000


def share_one_heap() -> None:
    """Let all threads use one heap, and give large blocks back to the system as soon as they are free.

    By default glibc makes a heap for each thread and keeps what was freed there: with many requests in flight that
    is half of the process. Other C libraries do neither, and have no such switch.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _MUCH)  # else every page of rows would be given back and asked for again


def collect_rarely() -> None:
    """Let Python look for cycles only once some pages of rows are new: rows have none, and go when the last user does.

    By default every page would be searched several times, which is a sixth of a run.
    """
    gc.set_threshold(_OBJECTS)

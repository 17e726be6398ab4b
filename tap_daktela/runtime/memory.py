"""Settings of memory for a process in which threads read large bodies and one thread uses their rows."""

import ctypes
import gc

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # glibc's malloc.h


def share_one_heap() -> None:
    """Let all threads use one heap, and give large blocks back to the system as soon as they are free.

    By default glibc makes a heap for each thread and keeps what was freed there: with many requests in flight that
    is half of the memory. Other C libraries do neither and have no such setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, 512 * 1024)
        # Else the memory of every page would be given back and requested again.
        mallopt(_TRIM_THRESHOLD, 64 * 1024 * 1024)


def collect_rarely() -> None:
    """Let Python search for reference cycles only after some pages of rows: rows have none.

    By default it searches every page several times, which takes a sixth of a run.
    """
    gc.set_threshold(20_000)

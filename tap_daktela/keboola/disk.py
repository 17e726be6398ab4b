"""What to say of a file system that refuses to be written: that is not our bug, and only the user can mend it."""

import errno
import os

from tap_daktela.errors import UserError

_FULL = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))

MEND_FULL = "extract fewer tables or a shorter period in one run, or make room"


def is_full(words: str) -> bool:
    """Tell whether the words of an error, which may be another process's, say that there is no room for a file."""
    return any(full in words for full in _FULL)


def refusal(error: OSError) -> UserError:
    """Return the error for a file or folder that cannot be written. It names the place, and how to mend it."""
    why = error.strerror or str(error)
    mend = MEND_FULL if is_full(why) else "look at it and its rights"
    # Of a move, the second name is the place.
    return UserError(f"cannot write {error.filename2 or error.filename or 'the tables'}: {why}; {mend}")

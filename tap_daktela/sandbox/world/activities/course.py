"""The columns that tell how an activity went: who worked on it, and when. All moments are seconds since the epoch.

Where no public source says what is true, these are the sandbox's own choice. The one recorded e-mail fits, too.

- An inbound activity waits from `time_wait`, which is `time`, until `time_open`. For a call, that is the answer.
- `time_close` is `time_open` + `duration`. The wrap-up, `aaw`, comes after it and is not part of `duration`.
- `baw` is part of `duration`: it is all of it for an e-mail that somebody writes, and 0 for everything else.
- What nobody took has no `time_open` and no user, and ends when the customer has gone.
"""

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.row_maker import RowMaker

NOTHING_DONE: Row = {"baw": 0, "aaw": 0, "duration": 0}
_LEFT = ("OPEN", "OPEN", "POSTPONE")


def untaken(maker: RowMaker, epoch: int, gone: int) -> Row:
    """The columns of an activity that nobody took."""
    over = gone <= maker.horizon
    return {
        **NOTHING_DONE,
        "action": "CLOSE" if over else "WAIT",
        "time_wait": maker.text(epoch),
        "time_close": maker.text(gone) if over else None,
    }


def waiting(maker: RowMaker, epoch: int, user: Key | None = None) -> Row:
    """The columns of an activity that nobody has opened yet."""
    return {**NOTHING_DONE, "action": "WAIT", "user": user, "time_wait": maker.text(epoch)}


def worked(
    maker: RowMaker,
    opened: int,
    *,
    user: Key | None,
    duration: int,
    aaw: int,
    baw: int = 0,
    waiting_from: int | None = None,
    left_open: bool = False,
) -> Row:
    """The columns of an activity that a user opened. It is still open if it is not over yet, or was `left_open`."""
    if opened > maker.horizon:
        return waiting(maker, opened if waiting_from is None else waiting_from, user if waiting_from is None else None)
    closed = opened + duration
    row = {"user": user, "baw": baw, "time_open": maker.text(opened), "time_wait": maker.text(waiting_from)}
    over = closed <= maker.horizon
    if left_open or not over:
        action = maker.rng.pick(_LEFT) if over else "OPEN"
        return {**row, "action": action, "duration": duration if over else 0, "aaw": 0}
    return {**row, "action": "CLOSE", "duration": duration, "aaw": aaw, "time_close": maker.text(closed)}

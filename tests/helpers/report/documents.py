"""Documents of reports, as small as the page of a report takes them."""

from __future__ import annotations

from typing import Any

from tap_daktela.sync.report.document import NO_RUN

SETTINGS = {"start_date": "2024-11-01", "end_date": None, "settle_minutes": 30, "lookback_days": 1, "filters": []}


def window(by: str | None, lower: str | None, upper: str | None, promised: int | None, written: int) -> dict[str, Any]:
    counts = {"promised": promised, "written": written, "repeated": 0, "reread": 0}
    return {"by": by, "from": lower, "to": upper, "after": None, "up_to": None, **counts}


def output(records: int = 10, bookmark: str | None = "2024-11-05T11:30:00Z", **more: Any) -> dict[str, Any]:
    return {
        "records": records,
        "without_key": 0,
        "invalid_values": {},
        "invalid_examples": {},
        "unwrapped_values": {},
        "bookmarks": {"edited": bookmark},
        **more,
    }


def endpoint(stream: str = "tickets", **more: Any) -> dict[str, Any]:
    """Return an endpoint that was read along `edited` for four days and a half, in one window."""
    return {
        "stream": stream,
        "endpoint": stream,
        "complete": True,
        "failure": None,
        "streams": {stream: output()},
        "promised": 10,
        "written": 10,
        "repeated": 0,
        "reread": 0,
        "left_out": {"orphans": 0, "without_key": 0},
        "orphans": 0,
        "parents": None,
        "requests": 2,
        "retries": 0,
        "bytes": 1000,
        "seconds": 1.0,
        "ranges": [{"by": "edited", "from": "2024-11-01 00:00:00", "to": "2024-11-05 12:30:00", "lookback": False}],
        "windows": [window("edited", "2024-11-01 00:00:00", "2024-11-05 12:30:00", 10, 10)],
        **more,
    }


def document(*endpoints: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        **NO_RUN,
        "tap": "tap-daktela",
        "version": "1.2.3",
        "began": "2024-11-05T12:00:00Z",
        "ended": "2024-11-05T12:00:30Z",
        "complete": True,
        "failure": None,
        "instance": "https://sandbox.daktela.com",
        "from": "2024-10-31T23:00:00Z",
        "to": "2024-11-05T11:30:00Z",
        "timezone": "Europe/Prague",
        "settings": SETTINGS,
        "endpoints": list(endpoints),
        **more,
    }


def lane(stream: str, answered: float | None, turn: tuple[float, float] | None) -> dict[str, Any]:
    bars = [] if answered is None else [[answered - 0.5, answered, 2]]
    return {
        "stream": stream,
        "requests": 2 * len(bars),
        "answered": answered,
        "busy": 0.5,
        "longest": 0.5,
        "bars": bars,
        "turn": list(turn) if turn else None,
    }


def timeline(*lanes: dict[str, Any], seconds: float = 30.0, retries: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return a timeline; `retries` are tuples of seconds, stream and reason."""
    return {
        "began": "2024-11-05T12:00:00Z",
        "seconds": seconds,
        "lanes": list(lanes),
        "retries": [[stream, reason, 1] for _, stream, reason in retries],
        "retry_times": [list(one) for one in retries],
    }

"""The timeline of a run: when the requests of each stream were under way, and when its turn to be written was."""

from collections.abc import Sequence
from typing import Any

from tap_daktela.daktela import clock
from tap_daktela.sync.report.request_log import RequestLog
from tap_daktela.sync.scheduling.task import ResultHandler
from tap_daktela.sync.streams.stream_sync import StreamSync


def timeline(log: RequestLog, streams: Sequence[StreamSync]) -> dict[str, Any]:
    """Return the timeline, in seconds since `began`.

    `lanes` has an object for each stream of which anything was requested or written: `bars` are `[begun, ended,
    requests]`, `turn` is `[begun, ended]` or null. `retries` are `[stream, reason, count]`, and `retry_times` are
    `[seconds, stream, reason]` of the first of them.
    """
    names: dict[ResultHandler, str] = {stream: stream.stream.name for stream in streams}
    lanes = [_lane(log, stream) for stream in streams]
    return {
        "began": clock.utc_text(log.began),
        "seconds": log.now(),
        "lanes": [lane for lane in lanes if lane["bars"] or lane["turn"]],
        "retries": [[names[handler], reason, count] for (handler, reason), count in log.retries.items()],
        "retry_times": [[at, names[handler], reason] for at, handler, reason in log.retry_times],
    }


def _lane(log: RequestLog, stream: StreamSync) -> dict[str, Any]:
    lane = log.lane(stream)
    begun = None if stream.begun is None else log.since(stream.begun)
    return {
        "stream": stream.stream.name,
        "requests": lane.requests,
        "answered": lane.answered,
        "busy": round(lane.busy, 3),
        "longest": round(lane.longest, 3),
        "bars": [[bar.begun, bar.ended, bar.requests] for bar in lane.bars],
        "turn": None if begun is None else [begun, round(begun + stream.seconds, 4)],
    }

"""Who waited for whom: streams are written one after another, and read ahead side by side."""

from typing import Any, NamedTuple


class Wait(NamedTuple):
    """`seconds` between the first answer of a stream and its turn, and `whose` turns they were, with their seconds."""

    seconds: float
    whose: list[tuple[str, float]]


def waits(timeline: dict[str, Any]) -> dict[str, Wait]:
    """Return how long each stream of a timeline waited for its turn, with an answer already there."""
    lanes, result = timeline["lanes"], {}
    turns = [(lane["stream"], *lane["turn"]) for lane in lanes if lane["turn"]]
    for lane in lanes:
        answered = lane["answered"]
        until = lane["turn"][0] if lane["turn"] else timeline["seconds"]
        if answered is None or until <= answered:
            continue
        overlaps = [(name, min(until, ended) - max(answered, begun)) for name, begun, ended in turns]
        whose = [(name, seconds) for name, seconds in overlaps if seconds > 0 and name != lane["stream"]]
        whose.sort(key=lambda one: -one[1])
        result[lane["stream"]] = Wait(until - answered, whose)
    return result


def waited_for(found: dict[str, Wait]) -> dict[str, float]:
    """Return for how long others waited for each stream, all together."""
    totals: dict[str, float] = {}
    for wait in found.values():
        for name, seconds in wait.whose:
            totals[name] = totals.get(name, 0.0) + seconds
    return totals

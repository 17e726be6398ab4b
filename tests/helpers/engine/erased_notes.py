"""Notes of which some are erased, as a list server, and runs over them."""

from collections.abc import Mapping
from typing import Any

from tap_daktela.catalog.fields import Axis, Derived, Stream, boolean, integer, moment, records
from tap_daktela.daktela.query import Condition
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import Ran, ran

NOTES = Stream(
    "notes",
    "Notes.",
    (
        integer("name", "Key."),
        moment("time", "Begun."),
        moment("closed", "Ended."),
        boolean("erased", "Erased."),
        records("parts", "parts", "Parts."),
    ),
    axes=(Axis("time"), Axis("closed", started_before="time")),
    derived=(Derived("notes_parts", "parts", "Parts of notes.", "note_name", "part"),),
    erased_flag="erased",
)
NAMES = ["notes", "notes_parts"]
TIMES = {
    0: "2023-11-05 08:00:00",
    1: "2023-11-20 08:00:00",
    2: "2023-11-21 08:00:00",
    3: "2023-12-01 00:00:00",
    4: "2023-12-20 08:00:00",
    5: "2023-12-24 08:00:00",
    6: "2024-01-01 00:20:00",
}
BOOKMARK = "2023-12-24T00:00:00Z"
"""Behind row 4, and before row 5."""


def server(*erased: int, **lies: Any) -> ListServer:
    """Return a server with the rows of `TIMES`, some of them erased."""
    return ListServer([{"name": key, "time": text, "erased": key in erased} for key, text in TIMES.items()], **lies)


def run(one: ListServer, counts: Mapping[str, int] | None = None, **changes: Any) -> Ran:
    """Run from `BOOKMARK` on, with these counts in the state; without a state if they are None."""
    marks = {"time": BOOKMARK, "erased": counts}
    state = None if counts is None else {"bookmarks": {name: dict(marks) for name in NAMES}}
    return ran({"notes": one}, NOTES, **{"state": state, "start_date": "2023-11-15", **changes})


def counts(one: Ran) -> Any:
    """Return what is remembered: the same for the derived stream."""
    found = one.bookmarks["notes"].get("erased")
    assert one.bookmarks["notes_parts"].get("erased") == found
    return found


COUNTING, READING = "counting", "reading"


def windows(one: ListServer) -> list[tuple[Any, ...]]:
    """Return the requests that name the flag: begin and end of the window, the flag, and what they are for."""
    found = []
    for get in one.asked:
        inner = getattr(get.query.filter, "filters", ())
        conditions = [each for each in inner if isinstance(each, Condition)]
        times, flags = ([each.value for each in conditions if each.field == name] for name in ("time", "erased"))
        if flags:
            found.append((*times, *flags, COUNTING if get.query.fields == ("time", "erased") else READING))
    return found


WHOLE = ("2023-11-01 00:00:00", "2024-01-01 01:00:00")
BOTH = [(*WHOLE, True, COUNTING), (*WHOLE, False, COUNTING)]
"""The requests that are made once rows are erased: they prove that the instance filters, too."""

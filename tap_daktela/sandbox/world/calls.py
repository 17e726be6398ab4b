"""Phone calls: missed calls and call-backs, channels, recordings and transcripts."""

from typing import Any

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world import people, texts
from tap_daktela.sandbox.world.crm import ZERO
from tap_daktela.sandbox.world.row_maker import RowMaker

_LOST = ("abandon", "exitwithtimeout", "exitwithkey", "exitempty")
_UNREACHED = ("busy", "cancel", "noanswer", "failed", "amdmachine")
_TRANSCRIBED = 0.06
_CALLED_BACK = 0.6
_DETAILED = 0.2


class CallMaker:
    """Makes calls in the order of time. An outbound call may be the call-back of a missed one."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._missed: list[Key] = []
        self._sequence = 0

    def call(self, epoch: int, *, going_on: bool, user: Key | None, contact: Key | None) -> Row:
        """Store a call and return its row. A call that is going on has no duration and no cause yet."""
        maker, rng = self._maker, self._rng
        self._sequence += 1
        direction = rng.choices(("in", "out", "internal"), (60, 36, 4))[0]
        answered = going_on or maker.chance(0.82 if direction == "in" else 0.6)
        row: Row = {
            "id_call": f"{epoch}.{self._sequence}",
            "call_time": maker.text(epoch),
            "direction": direction,
            "answered": answered,
            "id_queue": None if direction == "internal" else maker.queue("in" if direction == "in" else "out"),
            "id_agent": user if answered or direction != "in" else None,
            "clid": people.phone(rng) if direction != "internal" else "201",
            "contact": contact,
            "prefix_clid_name": rng.choice(("", None)),
            "did": "800123456" if direction == "in" else "",
            "waiting_time": int(rng.expovariate(1 / 40)) if direction == "in" else 0,
            "ringing_time": rng.randrange(2, 30),
            "hold_time": rng.choice((0, 0, 0, 35)),
            "duration": None if going_on else int(rng.expovariate(1 / 180)) + 5 if answered else 0,
            "pressed_key": rng.choice(("", None, "1")),
            "attempts": 1,
            "options": [],
            "cdr": None if going_on else {"billsec": rng.randrange(300), "trunk": "sip1"},
            "disposition_cause": "",
            "disconnection_cause": "",
        }
        if not going_on:
            self._ended(row, answered=answered)
        if row["direction"] == "out":
            self._called_back(row)
        maker.put("activitiesCall", row)
        self._details(row, epoch)
        return row

    def transcript(self, activity: Key) -> None:
        """Store the transcript of some calls: one row for each turn, which points to the activity."""
        if not self._maker.rarely("activitiesCallTranscripts", _TRANSCRIBED):
            return
        second = 0.0
        for turn in range(self._rng.randrange(2, 8)):
            end = second + self._rng.uniform(1.5, 9.0)
            row = {
                "name": self._maker.unique("transcripts", 0),
                "activity": activity,
                "start": round(second, 2),
                "end": round(end, 2),
                "text": texts.chat_line(self._rng),
                "type": ("operator", "customer")[turn % 2],
            }
            self._maker.put("activitiesCallTranscripts", row)
            second = end

    def _ended(self, row: Row, *, answered: bool) -> None:
        inbound = row["direction"] == "in"
        if answered:
            row["disposition_cause"] = self._rng.choice(("caller", "agent", "agent", "transfer", "system"))
            return
        row["disconnection_cause"] = self._rng.choice(_LOST if inbound else _UNREACHED)
        if inbound:
            row["missed_call"] = 1
            row["missed_call_time"] = row["call_time"]
            if self._maker.chance(_CALLED_BACK):
                self._missed.append(row["id_call"])

    def _called_back(self, row: Row) -> None:
        """Make an outbound call the call-back of the oldest missed call, sometimes."""
        if not self._missed or self._maker.chance(0.4):
            return
        calls, missed = self._maker.store["activitiesCall"], self._missed.pop(0)
        if missed in calls.by_key:
            calls.edit(missed, {"missed_call": 0, "missed_callback": row["id_call"]})
            row["clid"] = calls.by_key[missed]["clid"]

    def _details(self, row: Row, epoch: int) -> None:
        if not row["answered"] or not self._maker.rarely("activitiesCallChannels", _DETAILED):
            return
        channel: dict[str, Any] = {
            "name": f"{epoch}.{self._sequence}-1",
            "app": "Queue",
            "clid": row["clid"],
            "channel": "SIP/trunk",
            "state": "Up",
            "bridge": f"bridge-{self._sequence}",
            "time_ringing": row["call_time"],
            "time_speaking": row["call_time"],
            "time_closed": ZERO if self._sequence % 2 else row["call_time"],
            "cause": 16,
            "mosRx": 4,
            "mosTx": 4,
            "label": "agent",
            "_call": row["id_call"],
        }
        self._maker.put("activitiesCallChannels", channel)
        recording = {"recording": f"rec-{row['id_call']}", "id_call": row["id_call"], "path": "/rec", "status": "OK"}
        self._maker.put("activitiesCallRecordings", recording)

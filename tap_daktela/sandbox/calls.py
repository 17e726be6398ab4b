"""Telephone calls: queues, waiting, answers, missed calls and call-backs, legs, recordings and transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox import people, texts

if TYPE_CHECKING:
    from tap_daktela.sandbox.tables import Key, Row
    from tap_daktela.sandbox.workshop import Workshop

_LOST = ("abandon", "exitwithtimeout", "exitwithkey", "exitempty")
_UNREACHED = ("busy", "cancel", "noanswer", "failed", "amdmachine")
_TRANSCRIBED = 0.06
_CALLED_BACK = 0.6
_DETAILED = 0.2


class Calls:
    """Makes calls in the order of time; an outbound call may answer a missed one."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._dice = shop.dice
        self._missed: list[Key] = []
        self._sequence = 0

    def call(self, epoch: int, *, going_on: bool, user: Key | None, contact: Key | None) -> Row:
        """Store a call and answer its row. One that is going on has neither a duration nor a cause yet."""
        shop, dice = self._shop, self._dice
        self._sequence += 1
        direction = dice.choices(("in", "out", "internal"), (60, 36, 4))[0]
        answered = going_on or shop.chance(0.82 if direction == "in" else 0.6)
        row: Row = {
            "id_call": f"{epoch}.{self._sequence}",
            "call_time": shop.text(epoch),
            "direction": direction,
            "answered": answered,
            "id_queue": None if direction == "internal" else shop.queue("in" if direction == "in" else "out"),
            "id_agent": user if answered or direction != "in" else None,
            "clid": people.phone(dice) if direction != "internal" else "201",
            "contact": contact,
            "prefix_clid_name": dice.choice(("", None)),
            "did": "800123456" if direction == "in" else "",
            "waiting_time": int(dice.expovariate(1 / 40)) if direction == "in" else 0,
            "ringing_time": dice.randrange(2, 30),
            "hold_time": dice.choice((0, 0, 0, 35)),
            "duration": None if going_on else int(dice.expovariate(1 / 180)) + 5 if answered else 0,
            "pressed_key": dice.choice(("", None, "1")),
            "attempts": 1,
            "options": [],
            "cdr": None if going_on else {"billsec": dice.randrange(300), "trunk": "sip1"},
            "disposition_cause": "",
            "disconnection_cause": "",
        }
        if not going_on:
            self._ended(row, answered=answered)
        if row["direction"] == "out":
            self._called_back(row)
        shop.put("activitiesCall", row)
        self._details(row, epoch)
        return row

    def transcript(self, activity: Key) -> None:
        """Some answered calls were transcribed; the rows hang on the activity."""
        if not self._shop.rarely("activitiesCallTranscripts", _TRANSCRIBED):
            return
        second = 0.0
        for turn in range(self._dice.randrange(2, 8)):
            end = second + self._dice.uniform(1.5, 9.0)
            row = {
                "name": self._shop.unique("transcripts", 0),
                "activity": activity,
                "start": round(second, 2),
                "end": round(end, 2),
                "text": texts.chat_line(self._dice),
                "type": ("operator", "customer")[turn % 2],
            }
            self._shop.put("activitiesCallTranscripts", row)
            second = end

    def _ended(self, row: Row, *, answered: bool) -> None:
        inbound = row["direction"] == "in"
        if answered:
            row["disposition_cause"] = self._dice.choice(("caller", "agent", "agent", "transfer", "system"))
            return
        row["disconnection_cause"] = self._dice.choice(_LOST if inbound else _UNREACHED)
        if inbound:
            row["missed_call"] = 1
            row["missed_call_time"] = row["call_time"]
            if self._shop.chance(_CALLED_BACK):
                self._missed.append(row["id_call"])

    def _called_back(self, row: Row) -> None:
        """Let an outbound call answer the oldest missed one."""
        if not self._missed or self._shop.chance(0.4):
            return
        calls, missed = self._shop.store["activitiesCall"], self._missed.pop(0)
        if missed in calls.by_key:
            calls.edit(missed, {"missed_call": 0, "missed_callback": row["id_call"]})
            row["clid"] = calls.by_key[missed]["clid"]

    def _details(self, row: Row, epoch: int) -> None:
        if not row["answered"] or not self._shop.rarely("activitiesCallChannels", _DETAILED):
            return
        channel: dict[str, Any] = {
            "name": f"{epoch}.{self._sequence}-1",
            "app": "Queue",
            "clid": row["clid"],
            "channel": "SIP/trunk",
            "state": "Up",
            "time_speaking": row["call_time"],
            "time_closed": "0000-00-00 00:00:00",
            "cause": 16,
            "_call": row["id_call"],
        }
        self._shop.put("activitiesCallChannels", channel)
        recording = {"recording": f"rec-{row['id_call']}", "id_call": row["id_call"], "path": "/rec", "status": "OK"}
        self._shop.put("activitiesCallRecordings", recording)

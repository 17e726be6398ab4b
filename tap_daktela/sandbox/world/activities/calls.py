"""Phone calls: who rings, how long somebody waits, who talks to whom, and who is called back.

What public sources do not say is the sandbox's own choice:

- `waiting_time` counts from the entry into the queue to the answer or the end, and includes `ringing_time`.
- `ringing_time` is how long it rang for the agent who answered, or at the called party of an outbound call.
- `duration` is the conversation, with what was on hold, and without waiting, ringing and wrap-up. So is `cdr.billsec`.
- Every inbound call that nobody answered is a missed one, whatever its cause, until an outbound call to that number.
"""

from dataclasses import dataclass

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.activities.call_details import CallDetails
from tap_daktela.sandbox.world.activities.course import untaken, worked
from tap_daktela.sandbox.world.activities.duty import Duty
from tap_daktela.sandbox.world.activities.waiting import Waiting
from tap_daktela.sandbox.world.company.queues import CAMPAIGN_QUEUE, OUTBOUND_QUEUE
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.invented.dice import Shares
from tap_daktela.sandbox.world.row_maker import RowMaker

_DIRECTIONS = Shares({"in": 60, "out": 36, "internal": 4})
_UNREACHED = Shares({"noanswer": 55, "busy": 20, "cancel": 12, "failed": 8, "amdmachine": 5})
_ENDED_BY = Shares({"caller": 50, "agent": 41, "transfer": 3, "system": 1})
_REACHED = 0.66
_CAMPAIGN = 0.3
_CALLED_BACK = 0.8
_CALL_BACK_WITHIN = 24 * 3600
_ON_HOLD = 0.12
_OUTBOUND_TALK = 140
_INTERNAL_TALK = 60
_SHORTEST_TALK = 12


@dataclass(frozen=True)
class _Talk:
    """Who began to talk, and when, in seconds since the epoch. `mean` is how long such conversations are."""

    agent: Key
    answered: int
    mean: int
    left_open: bool
    waiting_from: int | None = None


class CallMaker:
    """Makes calls in the order of time. An outbound call may be the call-back of a missed one."""

    def __init__(self, maker: RowMaker, customers: CustomerMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._customers = customers
        self._duty = Duty(maker)
        self._waiting = Waiting(maker, self._duty)
        self._details = CallDetails(maker)
        self._missed: list[tuple[int, Key]] = []
        self._sequence = 0
        self.transcript = self._details.transcript

    def call(self, epoch: int, contact: Key | None, *, left_open: bool) -> tuple[Row, Row]:
        """Store a call. Return its row, and the columns that tell how its activity went."""
        direction = _DIRECTIONS.draw(self._rng)
        agent = None if direction == "in" else self._duty.take(epoch)
        if agent is None:
            return self._inbound(epoch, contact, left_open=left_open)
        if direction == "out":
            return self._outbound(epoch, contact, agent, left_open=left_open)
        return self._internal(epoch, agent, left_open=left_open)

    def lost(self, epoch: int) -> None:
        """Store a call that left no activity, since nobody answered."""
        _, number = self._waiting.line(epoch)
        row = self._row(epoch, "in", None) | {"id_queue": number, "clid": self._customers.phone(None)}
        row["waiting_time"] = self._rng.span(1, 4)
        self._unanswered(row, epoch, epoch + row["waiting_time"], "abandon")

    def _row(self, epoch: int, direction: str, contact: Key | None) -> Row:
        self._sequence += 1
        return {
            "id_call": f"{epoch}.{self._sequence}",
            "call_time": self._maker.text(epoch),
            "direction": direction,
            "contact": contact,
            "prefix_clid_name": self._rng.pick(("", None)),
            "did": "",
            "waiting_time": 0,
            "ringing_time": 0,
            "hold_time": 0,
            "pressed_key": "",
            "attempts": 1,
            "options": [],
            "disposition_cause": "",
            "disconnection_cause": "",
        }

    def _inbound(self, epoch: int, contact: Key | None, *, left_open: bool) -> tuple[Row, Row]:
        queue, number = self._waiting.line(epoch)
        attempt = self._waiting.attempt(epoch, queue, number)
        row = self._row(epoch, "in", contact) | {
            "id_queue": number,
            "clid": self._customers.phone(contact),
            "did": queue.did,
            "waiting_time": attempt.waiting,
            "ringing_time": attempt.ringing,
            "pressed_key": attempt.key,
        }
        answered = epoch + attempt.waiting
        if attempt.agent is None or answered > self._maker.horizon:
            self._unanswered(row, epoch, answered, attempt.cause)
            return row, untaken(self._maker, epoch, answered)
        talk = _Talk(attempt.agent, answered, queue.talk, left_open, waiting_from=epoch)
        return row, self._talk(row, epoch, talk)

    def _outbound(self, epoch: int, contact: Key | None, agent: Key, *, left_open: bool) -> tuple[Row, Row]:
        rng = self._rng
        row = self._row(epoch, "out", contact) | {
            "id_queue": CAMPAIGN_QUEUE if rng.chance(_CAMPAIGN) else OUTBOUND_QUEUE,
            "id_agent": agent,
            "clid": self._customers.phone(contact),
            "ringing_time": rng.span(4, 30),
            "attempts": 1 + rng.seconds(0.4),
        }
        self._call_back(row, epoch)
        answered = epoch + row["ringing_time"]
        if rng.chance(_REACHED) and answered <= self._maker.horizon:
            return row, self._talk(row, epoch, _Talk(agent, answered, _OUTBOUND_TALK, left_open))
        self._unanswered(row, epoch, answered, _UNREACHED.draw(rng))
        wrap_up = rng.seconds(8)
        self._duty.hold(agent, answered + wrap_up)
        return row, worked(self._maker, answered, user=agent, duration=0, aaw=wrap_up)

    def _internal(self, epoch: int, agent: Key, *, left_open: bool) -> tuple[Row, Row]:
        """A call between two agents: the one who answers is the call's agent."""
        self._duty.hold(agent, epoch + 1)
        caller = self._duty.take(epoch)
        if caller is None:
            return self._outbound(epoch, None, agent, left_open=left_open)
        row = self._row(epoch, "internal", None) | {"clid": self._maker.store["users"].by_key[caller]["extension"]}
        row["ringing_time"] = self._rng.span(2, 10)
        course = self._talk(row, epoch, _Talk(agent, epoch + row["ringing_time"], _INTERNAL_TALK, left_open))
        self._duty.hold(caller, epoch + row["ringing_time"] + course["duration"])
        return row, course

    def _talk(self, row: Row, epoch: int, talk: _Talk) -> Row:
        """Store a call in which somebody talks. Return how its activity went."""
        rng, maker = self._rng, self._maker
        duration, wrap_up = _SHORTEST_TALK + rng.seconds(talk.mean), 3 + rng.seconds(25)
        ended = talk.answered + duration
        going_on = ended > maker.horizon or (talk.left_open and not maker.is_history)
        row |= {"answered": True, "id_agent": talk.agent}
        if rng.chance(_ON_HOLD):
            row["hold_time"] = min(5 + rng.seconds(40), duration // 2)
        if not going_on:
            row |= {
                "duration": duration,
                "disposition_cause": _ENDED_BY.draw(rng),
                "cdr": {"billsec": duration, "trunk": "sip1"},
            }
        maker.put("activitiesCall", row)
        self._duty.hold(talk.agent, ended + wrap_up)
        self._details.answered(row, talk.agent, epoch, talk.answered, None if going_on else ended)
        return worked(
            maker,
            talk.answered,
            user=talk.agent,
            duration=duration,
            aaw=wrap_up,
            waiting_from=talk.waiting_from,
            left_open=talk.left_open,
        )

    def _unanswered(self, row: Row, epoch: int, gone: int, cause: str) -> None:
        """Store a call that nobody answered; it may still ring."""
        maker = self._maker
        row["answered"] = False
        if gone > maker.horizon:
            row["waiting_time"] = maker.calendar.now - epoch if row["direction"] == "in" else 0
        else:
            row |= {"duration": 0, "disconnection_cause": cause, "cdr": {"billsec": 0, "trunk": "sip1"}}
            if row["direction"] == "in":
                row |= {"missed_call": 1, "missed_call_time": maker.text(gone)}
                if self._rng.chance(_CALLED_BACK):
                    self._missed.append((gone, row["id_call"]))
            self._details.unanswered(row, epoch, gone)
        maker.put("activitiesCall", row)

    def _call_back(self, row: Row, epoch: int) -> None:
        """Make an outbound call the call-back of the oldest missed call that is not too old."""
        calls = self._maker.store["activitiesCall"]
        while self._missed:
            gone, missed = self._missed[0]
            if gone >= epoch:
                return
            del self._missed[0]
            if gone < epoch - _CALL_BACK_WITHIN or missed not in calls.by_key:
                continue
            back = {"missed_call": 0, "missed_call_time": row["call_time"], "missed_callback": row["id_call"]}
            calls.edit(missed, back)
            first = calls.by_key[missed]
            row |= {"clid": first["clid"], "contact": first.get("contact"), "id_queue": OUTBOUND_QUEUE}
            return

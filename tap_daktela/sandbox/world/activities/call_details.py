"""What the telephone exchange keeps of some calls: legs, recordings and transcripts, all within the call."""

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.invented.dirt import ZERO
from tap_daktela.sandbox.world.row_maker import RowMaker

_DETAILED = 0.2
_TRANSCRIBED = 0.06
_NORMAL_CLEARING = 16
_NO_ANSWER = 19
_VOICE = (3, 4, 4, 4, 5)


class CallDetails:
    """Makes the rows of the tables beside a call."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._rng = maker.rng

    def answered(self, call: Row, agent: Key, epoch: int, answered: int, ended: int | None) -> None:
        """Store the two legs and the recording of some calls that were answered. `ended` is None while they go on."""
        if not self._maker.rarely("activitiesCallChannels", _DETAILED):
            return
        extension = self._maker.store["users"].by_key[agent]["extension"]
        ringing = answered - call["ringing_time"]
        self._leg(call, 1, ("Queue", "SIP/trunk", call["clid"], "customer"), (epoch, answered, ended))
        self._leg(call, 2, ("AppQueue", f"SIP/{extension}", extension, "agent"), (ringing, answered, ended))
        recording = {"recording": f"rec-{call['id_call']}", "id_call": call["id_call"], "path": "/rec", "status": "OK"}
        self._maker.put("activitiesCallRecordings", recording)

    def unanswered(self, call: Row, epoch: int, gone: int) -> None:
        """Store the one leg of some calls that nobody answered."""
        if self._maker.store["activitiesCallChannels"].by_key and self._rng.chance(_DETAILED):
            self._leg(call, 1, ("Queue", "SIP/trunk", call["clid"], "customer"), (epoch, None, gone))

    def transcript(self, activity: Key, duration: int) -> None:
        """Store the transcript of some calls: one row for each turn, which points to the activity."""
        if not self._maker.rarely("activitiesCallTranscripts", _TRANSCRIBED):
            return
        second, turn, turns = 0.0, 0, self._rng.span(2, 7)
        while turn < turns and second < duration:
            end = round(min(second + 1.5 + 7.5 * self._rng.random(), duration), 2)
            row = {
                "name": self._maker.unique("transcripts", 0),
                "activity": activity,
                "start": second,
                "end": end,
                "text": texts.chat_line(self._rng, turn),
                "type": ("operator", "customer")[turn % 2],
            }
            self._maker.put("activitiesCallTranscripts", row)
            second, turn = end, turn + 1

    def _leg(
        self, call: Row, place: int, about: tuple[str, str, str, str], moments: tuple[int, int | None, int | None]
    ) -> None:
        app, channel, clid, label = about
        ringing, speaking, closed = moments
        voice = self._rng.pick(_VOICE) if speaking is not None else None
        never = ZERO if self._maker.dirty(1) else None
        row = {
            "name": f"{call['id_call']}-{place}",
            "app": app,
            "clid": clid,
            "channel": channel,
            "state": "Up" if speaking is not None else "Ring",
            "bridge": f"bridge-{call['id_call']}" if speaking is not None else "",
            "time_ringing": self._maker.text(ringing),
            "time_speaking": never if speaking is None else self._maker.text(speaking),
            "time_closed": never if closed is None else self._maker.text(closed),
            "cause": _NO_ANSWER if speaking is None else _NORMAL_CLEARING,
            "mosRx": voice,
            "mosTx": voice,
            "label": label,
            "_call": call["id_call"],
        }
        self._maker.put("activitiesCallChannels", row)

"""Totals of ranges of time, for whole streams and for the parts into which large ones are cut."""

from collections.abc import Callable, Mapping, Sequence

from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela.client import Client
from tap_daktela.planning.assembling import Range
from tap_daktela.planning.counting import count_all
from tap_daktela.planning.lists import filters
from tap_daktela.planning.pieces import Piece, Span, cutting, joined
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.endpoint import RequestStats
from tap_daktela.sync.telling.lines import plural


class WindowTotals:
    """Asks an instance for numbers of rows of `streams` within the range `whole`.

    `stats` are what that took. `unknown` says why the rows of a stream are not known, and `uncut` why rows of a part of
    it are not, by the names that `streams` have here.
    """

    def __init__(self, client: Client, settings: Settings, streams: Mapping[str, Stream], whole: Range) -> None:
        self.stats = RequestStats()
        self.unknown: dict[str, str] = {}
        self.uncut: dict[str, str] = {}
        self._client = client
        self._streams = streams
        self._settings = settings
        self._whole = whole

    def whole(self) -> dict[str, Piece]:
        """Return the whole range with the rows of each stream."""
        start, end = self._whole.start, self._whole.end
        rows = self._rows([(name, (start, end)) for name in self._streams], self.unknown)
        return {name: Piece(start, end, one) for name, one in zip(self._streams, rows, strict=True)}

    def cut(self, wholes: Mapping[str, Piece], limit: int, say: Callable[[str], None]) -> dict[str, list[Piece]]:
        """Return each of `wholes`, the ranges of some streams, as pieces of at most `limit` rows if possible.

        `say` is told what is done. All streams are asked about together, round by round.
        """
        done = {name: [piece] for name, piece in wholes.items()}
        timed = {name: piece for name, piece in wholes.items() if self._streams[name].axes}
        cuttings = {name: cutting(piece, limit, self._whole.zone) for name, piece in timed.items()}
        answers: dict[str, Sequence[tuple[int, ...] | None] | None] = dict.fromkeys(cuttings)
        while answers:
            asked: dict[str, list[Span]] = {}
            for name, answer in answers.items():
                try:
                    asked[name] = cuttings[name].send(answer)  # type: ignore[arg-type] # None starts it
                except StopIteration as end:  # noqa: PERF203 - each is a round of requests
                    done[name] = joined(end.value, limit)
            questions = [(name, span) for name, spans in asked.items() for span in spans]
            if questions:
                say(f"asking for the totals of {plural(len(questions), 'window')}…")
            rows = iter(self._rows(questions, self.uncut))
            answers = {name: [next(rows) for _ in spans] for name, spans in asked.items()}
        return done

    def _rows(self, wanted: Sequence[tuple[str, Span]], unknown: dict[str, str]) -> list[tuple[int, ...] | None]:
        """Return the rows of each stream in a range, along each of its axes; None if one of them is `unknown`."""
        streams, settings, whole = self._streams, self._settings, self._whole
        asked = [(name, filters(streams[name], span, settings, whole)) for name, span in wanted]
        counts = iter(count_all(self._client, [(streams[name], one) for name, along in asked for one in along]))
        result: list[tuple[int, ...] | None] = []
        for name, along in asked:
            found = [next(counts) for _ in along]
            self.stats.requests += sum(count.requests for count in found)
            self.stats.received += sum(count.received for count in found)
            known = tuple(count.rows for count in found if count.rows is not None)
            if len(known) == len(found):
                result.append(known)
            else:
                unknown[name] = next(count.unknown for count in found if count.rows is None)
                result.append(None)
        return result

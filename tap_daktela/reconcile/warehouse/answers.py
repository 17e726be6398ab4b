"""What a warehouse answered so far, in any number of rounds: looked up by slice and key."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tap_daktela.reconcile.warehouse.questions import Answer, Question, Slice, What


class Answers:
    """All answers together. A later answer to the same question counts."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self._counts: dict[Slice, int] = {}
        self._digests: dict[Slice, int] = {}
        self._keys: dict[Slice, dict[str, datetime | None]] = {}
        self._listed: dict[Slice, int] = {}  # How many keys the warehouse says it listed.
        self._held: dict[tuple[Slice, str], Answer] = {}
        self.add(answers)

    def add(self, answers: Iterable[Answer]) -> None:
        """Add what came back."""
        for one in answers:
            if one.what is What.HELD and one.key is not None:
                self._held[one.slice, one.key] = one
            elif one.what is What.KEYS and one.key is None:
                self._listed[one.slice] = one.rows
            elif one.what is What.KEYS and one.key is not None:
                self._keys.setdefault(one.slice, {})[one.key] = one.time
            else:
                self._counts[one.slice] = one.rows
                if one.digest is not None:
                    self._digests[one.slice] = one.digest

    def count(self, one: Slice) -> int | None:
        """Return how many different keys a slice has; None if that was not asked."""
        return self._counts.get(one)

    def digest(self, one: Slice) -> int | None:
        """Return the digest of the keys of a slice; None if that was not asked."""
        return self._digests.get(one)

    def keys(self, one: Slice) -> Mapping[str, datetime | None] | None:
        """Return the keys of a slice with their newest times; None if that was not asked, or not all of them came."""
        keys = self._keys.get(one, {})
        return keys if self._listed.get(one) == len(keys) else None

    def held(self, one: Slice, key: str) -> Answer | None:
        """Return what the table has of a key: the number of `rows`, and on the axis of the slice the newest `time`.

        None if that was not asked.
        """
        return self._held.get((one, key))

    def lacking(self, questions: Sequence[Question]) -> list[Question]:
        """Return what of `questions` was not answered yet."""
        lacking = []
        for question in questions:
            slices = [one for one in question.slices if not self._has(question, one)]
            if slices:
                lacking.append(Question(question.what, slices, question.keys))
        return lacking

    def _has(self, question: Question, one: Slice) -> bool:
        if question.what is What.HELD:
            return all(self.held(one, key) is not None for key in question.keys)
        if question.what is What.KEYS:
            return self.keys(one) is not None
        return self.count(one) is not None and (question.what is What.COUNTS or self.digest(one) is not None)

"""Who takes a call: an agent of the queue who is on duty and not talking to somebody else."""

from collections.abc import Iterator

from tap_daktela.sandbox.storage.tables import Key
from tap_daktela.sandbox.world.company.staff import agents_of
from tap_daktela.sandbox.world.invented.moments import is_weekend
from tap_daktela.sandbox.world.row_maker import RowMaker

_SHIFTS = ((7, 15), (9, 17), (12, 20))
_WEEKEND_SHIFT = (9, 15)
_WEEKEND_EVERY = 4
"""One agent in so many works on weekends, too."""


class Duty:
    """The agents, in the order of time: nobody can be asked about a moment before the last one."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._queues = agents_of(maker.store)
        self._free_at = dict.fromkeys(self._queues, 0)
        self._present: dict[tuple[Key | None, int, bool], list[Key]] = {}

    def take(self, epoch: int, queue: Key | None = None) -> Key | None:
        """An agent of a queue, or of any, who can talk at a moment; None if there is none."""
        agents = self.present(epoch, queue)
        first = self._maker.rng.below(len(agents))
        for place in range(first, first + len(agents)):
            agent = agents[place % len(agents)]
            if self._free_at[agent] <= epoch:
                return agent
        return None

    def present(self, epoch: int, queue: Key | None = None) -> list[Key]:
        """The agents of a queue, or all, who work at a moment. All do while somebody tries the sandbox."""
        if not self._maker.is_history:
            users = self._maker.store.tables["users"].by_key
            return [agent for agent, queues in self._queues.items() if agent in users and queue in (None, *queues)]
        text = self._maker.calendar.text(epoch)
        hours = queue, int(text[11:13]), is_weekend(text[:10])
        if hours not in self._present:
            self._present[hours] = list(self._working(*hours))
        return self._present[hours]

    def hold(self, agent: Key, until: int) -> None:
        """An agent has something to do until a moment."""
        self._free_at[agent] = until

    def _working(self, queue: Key | None, hour: int, weekend: bool) -> Iterator[Key]:
        for place, (agent, queues) in enumerate(self._queues.items()):
            begin, end = _WEEKEND_SHIFT if weekend else _SHIFTS[place % len(_SHIFTS)]
            is_off = weekend and place % _WEEKEND_EVERY
            if begin <= hour < end and not is_off and queue in (None, *queues):
                yield agent

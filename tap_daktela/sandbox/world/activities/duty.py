"""Who takes a call: an agent of the queue who is on duty and not talking to somebody else."""

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
        agents = agents_of(maker.store)
        places = {agent: place for place, agent in enumerate(agents)}
        self._shifts = {agent: _SHIFTS[place % len(_SHIFTS)] for agent, place in places.items()}
        self._weekend = {agent for agent, place in places.items() if place % _WEEKEND_EVERY == 0}
        self._free_at = dict.fromkeys(agents, 0)
        self._all = list(agents)
        self._of_queue: dict[Key, list[Key]] = {}
        for agent, queues in agents.items():
            for queue in queues:
                self._of_queue.setdefault(queue, []).append(agent)

    def take(self, epoch: int, queue: Key | None = None) -> Key | None:
        """An agent of a queue, or of any, who can talk at a moment; None if there is none."""
        agents = self._of_queue.get(queue, []) if queue is not None else self._all
        if not agents:
            return None
        text = self._maker.calendar.text(epoch)
        hour, weekend = int(text[11:13]), is_weekend(text[:10])
        first = self._maker.rng.below(len(agents))
        for place in range(first, first + len(agents)):
            agent = agents[place % len(agents)]
            if self._free_at[agent] <= epoch and self._works(agent, hour, weekend=weekend):
                return agent
        return None

    def is_closed(self, epoch: int, queue: Key) -> bool:
        """Whether nobody of a queue works at a moment."""
        text = self._maker.calendar.text(epoch)
        hour, weekend = int(text[11:13]), is_weekend(text[:10])
        return not any(self._works(agent, hour, weekend=weekend) for agent in self._of_queue.get(queue, []))

    def hold(self, agent: Key, until: int) -> None:
        """An agent has something to do until a moment."""
        self._free_at[agent] = until

    def _works(self, agent: Key, hour: int, *, weekend: bool) -> bool:
        """Whether an agent is on duty; always while somebody tries the sandbox, at whatever time that is."""
        if agent not in self._maker.store.tables["users"].by_key:
            return False
        if not self._maker.is_history:
            return True
        if weekend and agent not in self._weekend:
            return False
        begin, end = _WEEKEND_SHIFT if weekend else self._shifts[agent]
        return begin <= hour < end

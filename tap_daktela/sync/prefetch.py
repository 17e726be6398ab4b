"""Requests that run ahead of the rows that are written: free in their own order, strict in the order of the output.

The work of a run is a sequence of *steps*. A step may `fetch` (in a worker thread), its answer may call for further
steps that belong right behind it (`follow`), and at last it is used (`deliver`), always in the order of the sequence
and always in the main thread. So requests of later windows and streams are under way while earlier rows are written,
no lock guards anything, and what is fetched but not yet used is bounded.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tap_daktela.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

POLL_SECONDS = 0.2
"""How long the main thread waits at most before it looks for a signal."""

UNPACKED = 2
"""How many answers, from the front of the line, may be unpacked: rows take five times the memory of their bytes.

As many again of those that call for further steps, so that these are known early enough.
"""


class Lane(Protocol):
    """Whoever a step belongs to. The steps of a lane that is no longer open are dropped."""

    @property
    def open(self) -> bool:
        """Whether the lane still wants its steps."""

    def fail(self, error: TapError) -> None:
        """Close because one of the lane's steps failed; raise the error again if no other lane can go on either."""


@dataclass(eq=False)
class Step:
    """One piece of work of a lane.

    `fetch` gets the answer, in a worker thread; `follow` names the steps that the answer calls for, as soon as it is
    there; `deliver` uses the answer when its turn has come, and may call for more steps right behind this one.
    """

    lane: Lane
    fetch: Callable[[], Any] | None = None
    follow: Callable[[Any], Iterable[Step]] | None = None
    deliver: Callable[[Any], Iterable[Step] | None] | None = None
    future: Future[Any] | None = field(default=None, init=False)
    followed: bool = field(default=False, init=False)
    near: bool = field(default=False, init=False)
    size: int = field(default=0, init=False)

    @property
    def ready(self) -> bool:
        """Whether nothing of the step is left to wait for."""
        return self.fetch is None or self.followed


@dataclass(eq=False)
class _Rest:
    """Steps of a lane (None: of several) that are not made yet: they are drawn only as far ahead as is needed."""

    steps: Iterator[Step]
    lane: Lane | None = None


class Prefetcher:
    """Runs steps: up to `allowed()` fetches under way at a time, beside those that wait for their turn.

    All of them are at most as many as there are `workers`. Answers under way or waiting are at most `ahead`, and of
    `bytes_ahead` bytes together, as far as their sizes are known or can be guessed from the largest answer of the same
    lane; `weigh` tells the bytes of an answer. `poll` is called again and again in the main thread and ends the run by
    raising (a signal came).
    """

    def __init__(
        self,
        workers: int,
        *,
        allowed: Callable[[], int],
        poll: Callable[[], None],
        ahead: int,
        bytes_ahead: int,
        weigh: Callable[[Any], int],
    ) -> None:
        """Start no thread yet: the pool makes them as they are needed."""
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="daktela")
        self._allowed = allowed
        self._poll = poll
        self._ahead = ahead
        self._bytes_ahead = bytes_ahead
        self._weigh = weigh
        self._sizes: dict[Lane, int] = {}
        self._line: list[Step | _Rest] = []
        self._running: dict[Future[Any], Step] = {}
        self._here = threading.local()
        self._moved = threading.Condition()
        self._waiting = 0
        self._bell: Future[None] = Future()
        self._over = False

    def wait_for_turn(self) -> None:
        """Wait, in the worker that fetches for a step, until its answer may be unpacked.

        That is when the step has come near the front. Meanwhile another fetch may be under way in its place.
        """
        step: Step | None = getattr(self._here, "step", None)
        if step is None or step.near:
            return
        with self._moved:
            self._waiting += 1
            # The main thread may be waiting for an answer, and can ask for another one now.
            if not self._bell.done():
                self._bell.set_result(None)
            self._moved.wait_for(lambda: step.near or self._over or not step.lane.open)
            self._waiting -= 1

    def run(self, steps: Iterable[Step]) -> None:
        """Work through `steps` and all that they call for. A TapError fails its lane; all else ends the run."""
        self._line = [_Rest(iter(steps))]
        try:
            while True:
                self._poll()
                self._start()
                if not self._line:
                    return
                head = self._line[0]
                if isinstance(head, Step) and head.ready:
                    del self._line[0]
                    self._deliver(head)
                else:
                    self._collect()
        finally:
            with self._moved:
                self._over = True
                self._moved.notify_all()
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        """Start fetches from the front of the line, and draw steps that are not made yet, as far as is allowed."""
        free = min(self._allowed() + self._waiting, self._workers) - len(self._running)
        held = size = leading = position = 0
        while position < len(self._line) and (
            position == 0 or held < UNPACKED or (free > 0 and held < self._ahead and size < self._bytes_ahead)
        ):
            step = self._line[position]
            if isinstance(step, _Rest):
                drawn = self._draw(step)
                self._line[position : position + (drawn is None)] = [] if drawn is None else [drawn]
                continue
            if not step.lane.open:
                del self._line[position]
                continue
            if step.fetch is not None:
                room = position == 0 or (held < self._ahead and size < self._bytes_ahead)
                if step.future is None and free > 0 and room:
                    step.future = self._pool.submit(self._fetch, step, step.fetch)
                    self._running[step.future] = step
                    free -= 1
                leads = step.follow is not None
                step.near = step.near or held < UNPACKED or (leads and leading < UNPACKED)
                leading += leads
                held += 1
                size += step.size or self._sizes.get(step.lane, 0)
            position += 1
        self._let_pass()

    def _let_pass(self) -> None:
        """Wake the workers whose answers may be unpacked now: all of them where the front of the line needs one."""
        front = self._line[0] if self._line else None
        if isinstance(front, Step) and not front.ready and front.future is None:
            for step in self._running.values():
                step.near = True
        with self._moved:
            self._moved.notify_all()

    def _fetch(self, step: Step, fetch: Callable[[], Any]) -> Any:
        self._here.step = step
        try:
            return fetch()
        finally:
            self._here.step = None  # else an idle worker would keep its last answer

    def _draw(self, rest: _Rest) -> Step | None:
        """Return the next step that is not made yet; None if there is no more."""
        try:
            return next(rest.steps, None)
        except TapError as error:
            if rest.lane is None:
                raise
            rest.lane.fail(error)
            return None

    def _collect(self) -> None:
        """Wait for answers and put the steps that they call for into the line."""
        done, _ = wait({*self._running, self._bell}, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        if self._bell in done:
            self._bell = Future()
        for future in done.intersection(self._running):
            step = self._running.pop(future)
            step.followed = True
            if future.exception() is not None or not step.lane.open:
                continue
            step.size = self._weigh(future.result())
            self._sizes[step.lane] = max(step.size, self._sizes.get(step.lane, 0))
            if step.follow is None:
                continue
            self._line.insert(self._line.index(step) + 1, _Rest(iter(step.follow(future.result())), step.lane))

    def _deliver(self, step: Step) -> None:
        try:
            answer = step.future.result() if step.future else None
            more = step.deliver(answer) if step.deliver else None
        except TapError as error:
            step.lane.fail(error)
            return
        if more is not None:
            self._line.insert(0, _Rest(iter(more), step.lane))

"""Drives readings: sends requests ahead within bounds, and hands results on strictly in order.

Readings form a tree (see `steps.Fork`). Results come in the order in which a single thread would read, depth first.
All of this runs in the main thread; only the workers fetch in other threads. So nothing needs a lock, and the stack of
an exception shows the reading it comes from.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import TapError
from tap_daktela.sync.scheduling.amount import NOTHING
from tap_daktela.sync.scheduling.backlog import Backlog
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading
from tap_daktela.sync.scheduling.task import NOBODY, RequestWatch, ResultHandler, SentRequest, Task, leaves_first
from tap_daktela.sync.scheduling.workers import Workers

POLL_SECONDS = 0.2
"""Seconds after which the main thread looks for a signal, at the latest."""


class Scheduler:
    """Runs readings with up to `client.allowed()` requests in flight.

    At most `max_held` things of `max_bytes` bytes wait for their turn (see `Backlog`). The reading at the front never
    waits for those behind it. `poll` is called again and again; it raises to end the run, for example after a signal.
    `watch` is told of every request.
    """

    def __init__(
        self,
        client: Client,
        workers: Workers,
        *,
        poll: Callable[[], None],
        max_held: int,
        max_bytes: int,
        watch: RequestWatch = NOBODY,
    ) -> None:
        self._client = client
        self._workers = workers
        self._poll = poll
        self._watch = watch
        self._backlog = Backlog(max_held, max_bytes)
        self._roots: deque[Task] = deque()
        self._more: Iterator[Task] = iter(())
        self._under_way: set[SentRequest] = set()
        self._ready: deque[Task] = deque()

    def run(self, readings: Iterable[tuple[ResultHandler, Reading]]) -> None:
        """Read everything. An error that an outermost reading does not handle ends the run."""
        self._more = (Task(reading, handler) for handler, reading in readings)
        try:
            while self._roots or self._draw() is not None:
                self._poll()
                self._send()
                went_on = self._advance() or self._resume()
                if self._under_way or not went_on:
                    self._collect(0 if went_on else POLL_SECONDS)
        finally:
            self._workers.close()

    # --- sending ------------------------------------------------------------------------------------------------

    def _draw(self) -> Task | None:
        """Begin the next outermost reading; None if there is none left."""
        root = next(self._more, None)
        if root is not None:
            self._roots.append(root)
        return root

    def _send(self) -> None:
        """Begin readings and send their requests, from the front on, while there is room."""
        at_front, before = True, NOTHING
        for task in self._in_order():
            if not at_front and not self._backlog.has_room(before):
                return
            if task.settled:
                before = before.plus(task.held)
                at_front = at_front and task.ended
                continue
            is_new = not task.begun
            if is_new:
                task.begun = True
                self._step(task, None, None)
            for get in list(task.unsent()):
                has_room = self._backlog.has_room(before.plus(task.own))
                is_due = at_front and get is task.waits
                if len(self._under_way) >= self._client.allowed() or not (is_due or has_room):
                    return
                self._start(task, get)
            before = before.plus(task.own)
            # The parts of a reading that was begun just now come next: they are at the front in its place.
            at_front = at_front and (task.ended or (is_new and isinstance(task.waits, Fork)))

    def _in_order(self) -> Iterator[Task]:
        """Yield the tasks in the order in which their results are due. New ones are begun on demand."""
        for root in self._roots:
            yield from leaves_first(root)
        while drawn := self._draw():
            yield from leaves_first(drawn)

    def _start(self, task: Task, get: Get) -> None:
        sent = task.sent.get(get)
        if sent is None:
            sent = task.sent[get] = SentRequest(get, task, self._client.page_request(get.endpoint, get.query))
            task.ahead = [other for other in task.ahead if other is not get]
            self._backlog.sent(sent)
        sent.broken = False
        self._under_way.add(sent)
        self._watch.sent(sent)
        self._workers.start(sent)

    # --- resuming -----------------------------------------------------------------------------------------------

    def _collect(self, seconds: float) -> None:
        """Collect the requests that are over. Wait up to `seconds` for the first."""
        for sent in self._workers.finished(seconds):
            self._under_way.discard(sent)
            sent.over = True
            self._watch.over(sent)
            if isinstance(sent.outcome, RawResponse):
                self._backlog.answered(sent, len(sent.outcome.body))
            self._ready.append(sent.task)

    def _resume(self) -> bool:
        """Resume one reading whose response has come, unless it must be sent again. False if no response has come."""
        while self._ready:
            task = self._ready.popleft()
            sent = task.sent.get(task.waits) if isinstance(task.waits, Get) else None
            if sent is not None and sent.over:
                page, error = self._page(sent)
                if page is not None or error is not None:
                    del task.sent[sent.get]
                    self._backlog.used(sent)
                    self._step(task, page, error)
                return True
        return False

    def _page(self, sent: SentRequest) -> tuple[Page | None, TapError | None]:
        """Return the page or the error of a request that is over; neither if it must be sent again."""
        try:
            if not isinstance(sent.outcome, RawResponse):
                raise sent.outcome or AssertionError("a request that is over has an outcome")
            page = self._client.page(sent.pending, sent.outcome)
        except TapError as error:
            return None, error
        if page is None:
            sent.over, sent.broken, sent.outcome = False, True, None
        return page, None

    def _step(self, task: Task, value: Any, error: TapError | None) -> None:
        """Resume a reading with a value or an error, and take its results until it waits."""
        for one in task.with_parents():
            one.settled = False
        try:
            said = task.reading.throw(error) if error is not None else task.reading.send(value)
            while not isinstance(said, (Get, Fork)):
                if isinstance(said, list):
                    self._send_ahead(task, said)
                else:
                    prepared = task.handler.prepare(said)
                    self._backlog.result(task, prepared)
                    task.line.append(prepared)
                said = task.reading.send(None)
        except StopIteration as end:
            task.value = end.value
            self._end(task)
        except TapError as failure:
            task.error = failure
            self._end(task)
        else:
            task.waits = said
            self._ready.appendleft(task)  # The request may have been sent ahead, and its response be there.
            if isinstance(said, Fork):
                task.returned = []
                task.line.extend(Task(part, task.handler, task) for part in said.parts)

    def _send_ahead(self, task: Task, gets: list[Get]) -> None:
        for sent in list(task.sent.values()):
            if sent.get not in gets:
                self._backlog.used(sent)
                del task.sent[sent.get]
        task.ahead = [get for get in gets if get not in task.sent]

    def _end(self, task: Task) -> None:
        task.ended, task.waits = True, None
        self._backlog.ended(task)
        self._send_ahead(task, [])

    # --- in turn ------------------------------------------------------------------------------------------------

    def _advance(self) -> bool:
        """Write, end or resume what is at the front; False if it waits for a response."""
        root = task = self._roots[0]
        while task.line:
            item = task.line[0]
            if not isinstance(item, Task):
                task.line.popleft()
                self._backlog.written(task, item)
                try:
                    task.handler.put(item)
                except TapError as error:
                    self._fail(root, error)
                return True
            task = item
        if task.ended:
            self._leave(task)
        elif isinstance(task.waits, Fork):
            self._step(task, task.returned, None)
        else:
            return False
        return True

    def _leave(self, task: Task) -> None:
        """Remove a task that has ended and whose results are written."""
        self._backlog.left(task)
        parent = task.parent
        if parent is None:
            self._roots.popleft()
            if task.error is not None:
                raise task.error
            return
        parent.line.popleft()
        parent.returned.append(task.value)
        if task.error is not None:
            self._fail(parent, task.error)

    def _fail(self, task: Task, error: TapError) -> None:
        """Drop the parts and results of a task, and throw `error` into it."""
        while task.line:
            self._drop(task, task.line.popleft())
        self._send_ahead(task, [])
        self._step(task, None, error)

    def _drop(self, task: Task, item: Any) -> None:
        """Drop a result of a task, or a part of it with all that it holds."""
        if not isinstance(item, Task):
            self._backlog.written(task, item)
            return
        for inner in item.line:
            self._drop(item, inner)
        if item.ended:
            self._backlog.left(item)
        self._send_ahead(item, [])

"""Class `Daktela`: reads one instance from Python."""

import logging
from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

import requests
from requests.adapters import BaseAdapter

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.query import MAX_TAKE
from tap_daktela.errors import ConfigError
from tap_daktela.python_client import options
from tap_daktela.python_client.clients import Clients
from tap_daktela.python_client.conditions import FilterLike
from tap_daktela.python_client.health import Health, health
from tap_daktela.python_client.list_reading import ListSlice, RowPage
from tap_daktela.python_client.list_source import list_named
from tap_daktela.sync.records.dotted import Row


class Daktela:
    """Reads one instance. It cannot create, update or delete anything: there is no method that writes.

    - `url` is the address of the instance: https, or http on this computer itself.
    - `access_token`, or `username` and `password` for a login, which is renewed when it has ended.
    - `timezone` is the IANA name of the zone of the instance's wall clock. None: as the instance says.
    - `retry` says how often and how long a request is tried. None: `Retry.default()`.
    - `requests_per_second` (None: no cap) and `concurrency`, the most requests in flight, hold for all threads.
    - `timeout` is the seconds within which a request must be answered, `connect_timeout` those to connect.
    - `verify` is the path of a file or folder of certificates (PEM) to trust. True: those that everybody trusts; False:
      any certificate, so that anyone on the way can read the credentials.
    - `proxy` is a URL, as in `http://user:password@proxy.example:3128`. None: as `HTTPS_PROXY` and `NO_PROXY` say. This
      very computer is reached through a `proxy` that is on it, too, and otherwise without any.
    - `user_agent_suffix` is added to the header `User-Agent`, as in `MyApp/1.0`.
    - `session` is a session of requests, of which copies are used: they share its adapters, headers, hooks, proxies and
      certificates. It is not changed, and not closed. Its cookies, parameters and `auth` are not sent. `verify` and
      `proxy` count more than what it says.
    - `adapter` is an adapter of requests to send with, which is not closed. All threads share it. If it is not a plain
      `HTTPAdapter`, what it does itself counts: its retries, and that `timeout` limits the time between two bytes until
      the headers of an answer have come.
    - `logger` gets the client's messages about requests. None: loggers below `tap_daktela`.

    ConfigError tells every argument that is wrong. Nothing is sent before the first question. Threads may share a
    client, but not an iterator. A forked process connects anew. Close it, or use it in a `with` block.
    """

    def __init__(
        self,
        url: str,
        *,
        access_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timezone: str | None = None,
        retry: Retry | None = None,
        requests_per_second: float | None = None,
        concurrency: int = 4,
        timeout: float = 300.0,
        connect_timeout: float = 10.0,
        verify: bool | str | PathLike[str] = True,
        proxy: str | None = None,
        user_agent_suffix: str | None = None,
        session: requests.Session | None = None,
        adapter: BaseAdapter | None = None,
        logger: "logging.Logger | logging.LoggerAdapter[logging.Logger] | None" = None,
    ) -> None:
        self._connection = options.connection(
            url, access_token=access_token, username=username, password=password, timezone=timezone, retry=retry,
            requests_per_second=requests_per_second, concurrency=concurrency, timeout=timeout, verify=verify,
            connect_timeout=connect_timeout, proxy=proxy, user_agent_suffix=user_agent_suffix,
            session=session, adapter=adapter, logger=logger,
        )  # fmt: skip
        self._clients = Clients(self._connection, retry)

    def __enter__(self) -> "Daktela":  # noqa: PYI034 - Self needs Python 3.11
        """Return the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def __repr__(self) -> str:
        """Name the instance, and no secret."""
        return f"Daktela({self._connection.base_url!r})"

    def close(self) -> None:
        """Close the connections. Whoever waits for an answer in another thread gets a RemoteError."""
        self._clients.close()

    # --- many rows --------------------------------------------------------------------------------------------------

    def rows(
        self,
        list_name: str,
        filter: FilterLike | None = None,  # noqa: A002 - Daktela's own word
        /,
        *,
        sort: str | Iterable[str] = (),
        fields: str | Iterable[str] = (),
        page_size: int = MAX_TAKE,
        skip: int = 0,
        max_rows: int | None = None,
        shaped: bool = False,
        on_error: str = "stop",
        **equals: Any,
    ) -> Iterator[Row]:
        """Return an iterator of the rows of a list. It asks for the next page when it is needed, and holds one page.

        - `filter` and `equals` say which rows: a condition, and fields that equal a value (`type="CC"`), any of several
          (`type=["CC", "PA"]`) or none (`type=None`).
        - `sort` is a field or several; a minus in front means descending. Without it rows come in the order of their
          key, which keeps them in place while they are edited.
        - `fields` are fields of a row, dotted into relations. Without them rows come whole.
        - `page_size` is the most rows in one request, `skip` the rows left out at the beginning, `max_rows` the most
          rows in all.
        - `shaped` gives records of the tap's stream instead of rows: its columns with their types, times in UTC.
        - `on_error` is `stop`, or `skip` to leave out pages that cannot be read. Then IncompleteError behind the last
          row says what is missing, if anything is.

        Without `skip`, every row that is there from the first request to the last comes once. ConfigError where an
        argument is wrong, AccessError where the list may not be read, RemoteError where the instance fails,
        ContractError where its answers contradict each other: then rows may be missing.
        """
        found = self.pages(
            list_name, filter, sort=sort, fields=fields, page_size=page_size, skip=skip, max_rows=max_rows,
            shaped=shaped, on_error=on_error, **equals,
        )  # fmt: skip
        return (row for page in found for row in page.rows)

    def pages(
        self,
        list_name: str,
        filter: FilterLike | None = None,  # noqa: A002 - Daktela's own word
        /,
        *,
        sort: str | Iterable[str] = (),
        fields: str | Iterable[str] = (),
        page_size: int = MAX_TAKE,
        skip: int = 0,
        max_rows: int | None = None,
        shaped: bool = False,
        on_error: str = "stop",
        **equals: Any,
    ) -> Iterator[RowPage]:
        """Return an iterator of the pages of a list, each with its rows and the total. Arguments and errors: `rows`."""
        slice_ = ListSlice.checked(
            sort=sort, fields=fields, page_size=page_size, skip=skip, max_rows=max_rows, on_error=on_error
        )
        if not isinstance(shaped, bool):
            raise ConfigError("shaped must be True or False")
        read = self._clients.lists.shaped if shaped else self._clients.lists.pages
        return read(list_name, filter, equals, slice_)

    def related(
        self,
        list_name: str,
        key: str | int,
        relation: str,
        filter: FilterLike | None = None,  # noqa: A002 - Daktela's own word
        /,
        *,
        sort: str | Iterable[str] = (),
        fields: str | Iterable[str] = (),
        page_size: int = MAX_TAKE,
        skip: int = 0,
        max_rows: int | None = None,
        on_error: str = "stop",
        **equals: Any,
    ) -> Iterator[Row]:
        """Return an iterator of what belongs to one record: `related("campaignsRecords", name, "activities")`.

        Arguments and errors: `rows`. NotFoundError where there is no such record or relation.
        """
        slice_ = ListSlice.checked(
            sort=sort, fields=fields, page_size=page_size, skip=skip, max_rows=max_rows, on_error=on_error
        )
        found = self._clients.lists.related((list_name, key, relation), filter, equals, slice_)
        return (row for page in found for row in page.rows)

    # --- one request ------------------------------------------------------------------------------------------------

    def page(
        self,
        list_name: str,
        filter: FilterLike | None = None,  # noqa: A002 - Daktela's own word
        /,
        *,
        sort: str | Iterable[str] = (),
        fields: str | Iterable[str] = (),
        take: int = MAX_TAKE,
        skip: int = 0,
        **equals: Any,
    ) -> RowPage:
        """Return `take` rows of a list from number `skip` on, and the total, as one request gives them.

        The other arguments and the errors are those of `rows`.
        """
        slice_ = ListSlice.checked(sort=sort, fields=fields, page_size=take, skip=skip, size_name="take")
        return self._clients.lists.page(list_name, filter, equals, slice_)

    def one(self, list_name: str, key: str | int, /, *, fields: str | Iterable[str] = ()) -> Row:
        """Return one record by its key: all of it, or some `fields`. NotFoundError where there is none."""
        return self._clients.lists.record(list_name, key, ListSlice.checked(fields=fields).fields)

    def first(
        self,
        list_name: str,
        filter: FilterLike | None = None,  # noqa: A002 - Daktela's own word
        /,
        *,
        sort: str | Iterable[str] = (),
        fields: str | Iterable[str] = (),
        **equals: Any,
    ) -> Row | None:
        """Return the first row of a list; None if there is none. Arguments and errors: `rows`."""
        found = self._clients.lists.pages(
            list_name, filter, equals, ListSlice.checked(sort=sort, fields=fields, max_rows=1)
        )
        return next((row for page in found for row in page.rows), None)

    def exists(self, list_name: str, filter: FilterLike | None = None, /, **equals: Any) -> bool:  # noqa: A002
        """Tell whether a list has a row that passes. Arguments and errors: `rows`."""
        key = list_named(list_name).key
        found = self._clients.lists.pages(
            list_name, filter, equals, ListSlice.checked(fields=[key] if key else [], max_rows=1)
        )
        return any(page.rows for page in found)

    def count(self, list_name: str, filter: FilterLike | None = None, /, **equals: Any) -> int:  # noqa: A002
        """Return how many rows of a list pass. Arguments and errors: `rows`.

        The instance counts them. Where it does not, or counts wrongly, their keys are read and counted.
        """
        return self._clients.lists.count(list_name, filter, equals)

    # --- the instance -----------------------------------------------------------------------------------------------

    def ping(self) -> bool:
        """Tell whether the instance answers and knows the user. Never raises for an instance that does not."""
        return self.health().ok

    def health(self) -> Health:
        """Return how the instance is, after one request of at most 10 seconds.

        Never raises for an instance that is down, or that refuses the user: `Health.error` says why.
        """
        return health(self._clients.once)

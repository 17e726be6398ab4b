"""The sessions of requests through which an instance is reached: our own, or like the one that the user hands in."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.cookies import RequestsCookieJar

from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.watched_adapter import WatchedAdapter


class Sessions:
    """Lends a session to each request, for itself alone. There are as many as requests at a time. Safe for threads.

    A session of the user's is neither used itself nor changed. Those that are lent are copies of it: they share its
    headers, hooks, certificates and adapters, but no cookies. Adapters that are plain ones of requests are replaced by
    watched ones with the same limits. Whatever else the user hands in stays open on `close`.
    """

    def __init__(self, connection: Connection) -> None:
        self._session = connection.session
        self._adapter = connection.adapter
        self._idle: list[requests.Session] = []
        self._own: list[HTTPAdapter] = []
        self._lock = threading.RLock()  # close() may come from a signal handler while this very thread holds it

    @contextmanager
    def lent(self) -> Iterator[requests.Session]:
        """Give a session that nobody else uses meanwhile."""
        with self._lock:
            session = self._idle.pop() if self._idle else self._made()
        try:
            yield session
        finally:
            with self._lock:
                self._idle.append(session)

    def close(self) -> None:
        """Close the connections of our own adapters."""
        with self._lock:
            for adapter in self._own:
                adapter.close()

    def _made(self) -> requests.Session:
        """Return a new session. It knows no cookies and no redirects."""
        session = requests.Session()
        if self._session is not None:
            session = object.__new__(type(self._session))
            vars(session).update(vars(self._session))
        adapters = session.adapters if self._adapter is None else dict.fromkeys(session.adapters, self._adapter)
        session.adapters = OrderedDict((prefix, self._watched(adapter)) for prefix, adapter in adapters.items())
        # Daktela V6 API: newer servers set cookies with tokens. The tap sends its token in the header only.
        session.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=[]))
        # Else requests parses the targets of redirects even if it must not follow them, and fails on nonsense.
        vars(session)["get_redirect_target"] = lambda _response: None
        return session

    def _watched(self, adapter: BaseAdapter) -> BaseAdapter:
        """Return a watched adapter with the limits of a plain one; one of another kind as it is."""
        if type(adapter) is not HTTPAdapter:
            return adapter
        watched = WatchedAdapter()
        watched.__setstate__(adapter.__getstate__())  # type: ignore[attr-defined]  # the stubs leave it out
        self._own.append(watched)
        return watched

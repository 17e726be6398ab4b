"""An adapter of requests whose connections are watched from the first byte on. Plain HTTP leads nowhere else."""

import socket
from base64 import b64encode
from http.client import HTTPException
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tap_daktela.daktela.connection import is_this_computer
from tap_daktela.daktela.http.watchdog import watch_socket
from tap_daktela.errors import ConfigError


class _WatchedConnection(HTTPConnection):
    """Has its socket watched: a new connection from its first byte on, a kept one from the next request on."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        watch_socket(connected)
        return connected

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is not None:
            watch_socket(self.sock)
        super().request(*arguments, **options)


class _PlainConnection(_WatchedConnection):
    """Never leaves this computer: nothing with credentials is sent in clear to another one."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        peer = connected.getpeername()[0]
        if not is_this_computer(peer):
            connected.close()
            raise ConfigError(f"url must begin with https://: {self.host} is not this computer, but {peer}")
        return connected


class _WatchedHTTPSConnection(_WatchedConnection, HTTPSConnection):
    """Is watched like the plain one. Whatever goes wrong between it and a proxy is a ProxyError."""

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except (OSError, HTTPException) as failure:
            raise urllib3.exceptions.ProxyError("no tunnel", failure) from failure


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection

    def _validate_conn(self, conn: Any) -> None:
        """Connect, without urllib3's warning where certificates are not checked: the transport has said it once."""
        if conn.is_closed:
            conn.connect()


_POOLS = {"http": _WatchedPool, "https": _WatchedHTTPSPool}


class WatchedAdapter(HTTPAdapter):
    """Makes connections that are watched, directly and through a proxy."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """Return the credentials for a proxy, in UTF-8: requests would fail on letters beyond Latin-1."""
        user, password = get_auth_from_url(proxy)
        encoded = b64encode(f"{user}:{password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {encoded}"} if user else {}

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.PoolManager:
        """Return the pools of connections through a proxy."""
        manager: urllib3.PoolManager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # SOCKS has connections of its own.
            manager.pool_classes_by_scheme = _POOLS
        return manager

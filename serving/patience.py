"""How long a connection may take to say what it wants; uvicorn alone would wait for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 30.0


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are not there in time.

    What a slow body may take is for whoever reads it to say, and an idle connection between two
    requests ends by uvicorn's own limit.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request from now on."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Wait for the rest of what has begun."""
        super().on_message_begin()
        self._stop()
        self._wait()

    def on_headers_complete(self) -> None:
        """It has said what it wants."""
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self._close)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()

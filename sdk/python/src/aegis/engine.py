"""What happens to a component, one event after another. Neither blocking nor asyncio: the components drive it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from contextlib import suppress
from typing import Any

from .arrow_batch import ArrowBatch
from .batch import Batch
from .configuring import Asked
from .control import Control
from .data import DataStream
from .data_connection import Format
from .events import (
    CaughtUp,
    ComponentEvent,
    Configured,
    ControlEvent,
    Leave,
    Reborn,
    Refused,
    Rows,
    Running,
    Shutdown,
)
from .log import Log
from .position import Position, without_numbers
from .protocol import Needs
from .settings import Settings
from .stream_hash import StreamHash

LAST_ROWS_SECONDS = 1.0
"""How long rows that had arrived before SHUTDOWN are still handed over; after 2 s Aegis sends SIGTERM."""


class Engine:
    """Joins the control connection and the data connection. `poll` until it gives None, then wait, then poll again."""

    def __init__(
        self, *, settings: Settings, version: str, needs: Needs, log: Log, hash_stream: bool, format: Format = "ndjson"
    ) -> None:
        self.control = Control(settings=settings, version=version, needs=needs, post=self._post, log=log)
        self.over = False
        self._log = log
        self._hash_stream = hash_stream
        self.format: Format = format
        self._hash = StreamHash()
        self._inbox: deque[ControlEvent] = deque()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._wake_sender.setblocking(False)
        self._data: DataStream | None = None
        self._started = False
        self._rebirth: Reborn | None = None
        self._ack_when_open = ""
        self._end: Shutdown | Leave | None = None
        self._end_by = float("inf")

    @property
    def sockets(self) -> list[socket.socket]:
        """Wait until one of them can be read, at most `wait_seconds`."""
        data = None if self._data is None else self._data.socket
        return [self._wake_receiver] if data is None else [self._wake_receiver, data]

    @property
    def wait_seconds(self) -> float | None:
        return None if self._data is None else self._data.wait_seconds()

    @property
    def replaying(self) -> bool:
        return self._data is not None and self._data.replaying

    def stream_hash(self) -> str:
        return self._hash.hexdigest()

    def poll(self) -> ComponentEvent | None:
        """What happened next, or None. Raises RefusedError."""
        self._forget_wakes()
        while self._inbox:
            event = self._inbox.popleft()
            if isinstance(event, Refused):
                raise event.error
            if isinstance(event, Reborn):
                self._rebirth = event
            elif isinstance(event, (Shutdown, Leave)):
                self._end = event
                self._end_by = time.monotonic() + LAST_ROWS_SECONDS
            elif isinstance(event, Configured) or self._starts(event):
                return event
        return self._poll_data()

    def configured(self, asked: Asked, position: Position) -> None:
        """on_configure or on_reconfigure has returned. position: where a new process begins."""
        configuration = asked.configuration
        if self._data is None and configuration.topics:
            self._data = DataStream(configuration.data_socket, self._identify, position, self._log, self.format)
        self.control.configured(asked)

    def handled(self, batch: Batch | ArrowBatch) -> None:
        """The component has returned from these rows."""
        if self._data is not None:
            self._data.handled(batch)

    def reborn(self, event: Reborn) -> None:
        """on_reborn has returned: the ACK follows when the new data connection is open."""
        self._hash = StreamHash()
        self._ack_when_open = event.message_id
        if self._data is not None:
            self._data.begin_run()

    def leave(self) -> None:
        """Callable from any thread."""
        self._post(Leave())

    def ended(self, event: Shutdown | Leave) -> None:
        """on_stop has returned."""
        if isinstance(event, Shutdown):
            self.control.acknowledge(event.message_id)
        else:
            self.control.leave()
        self.close()

    def close(self) -> None:
        """Nothing happens any more."""
        self.over = True
        self._close_data()
        self.control.close()

    def _poll_data(self) -> ComponentEvent | None:
        if self._data is not None and self._started and time.monotonic() < self._end_by:
            if self._data.caught_up():
                return CaughtUp()
            batch = self._data.read()
            if batch is not None:
                if self._hash_stream and isinstance(batch, Batch):
                    self._hash.update(batch.lines if batch.run is None else without_numbers(batch))
                return Rows(batch)
        if self._end is not None:
            return self._end
        if self._rebirth is not None and (self._data is None or self._data.drained):
            event, self._rebirth = self._rebirth, None
            return event
        if self._ack_when_open and (self._data is None or self._data.accepted):
            self.control.acknowledge(self._ack_when_open)
            self._ack_when_open = ""
        return None

    def _starts(self, event: Running) -> bool:
        first = not self._started
        self._started = True
        if first and self._data is not None:
            # Rows wait in the socket while on_start works; the stream begins when every component is connected.
            self._data.connect()
        return first

    def _identify(self) -> dict[str, Any]:
        return {"component_id": self.control.component_id, "session_token": self.control.session_id}

    def _close_data(self) -> None:
        if self._data is not None:
            self._data.close()
            self._data = None

    def _post(self, event: ControlEvent) -> None:
        """Called by the control thread, too."""
        self._inbox.append(event)
        # When there is no room, enough wakes wait already.
        with suppress(BlockingIOError):
            self._wake_sender.send(b"\0")

    def _forget_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_receiver.recv(4096)

"""The rows of a component over all its data connections: each row once."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from .arrow_batch import ArrowBatch
from .backoff import Backoff
from .batch import Batch
from .data_connection import DataConnection, DataRefusedError, Format
from .log import Log
from .position import Position, has_numbers

ACK_SECONDS = 0.1
"""At least so long from one acknowledgement to the next."""


class DataStream:
    """Connects, reads, acknowledges what was handled, and goes on where it was when a connection is lost."""

    def __init__(
        self,
        path: str,
        identify: Callable[[], dict[str, Any]],
        position: Position,
        log: Log,
        format: Format = "ndjson",
    ) -> None:
        self._path = path
        self._format: Format = format
        self._identify = identify
        self._position = position
        self._log = log
        self._backoff = Backoff(0.5, 2.0)
        self._retry_at = 0.0
        self._connection: DataConnection | None = None
        self._told = False
        self._batches: deque[Batch | ArrowBatch] = deque()
        self._replaying = False
        self._numbered = True
        """False with an Aegis that does not know numbers: there the bytes are counted."""
        self._received = 0
        self._rows = 0
        self._handled = 0
        self._acked = 0
        self._ack_at = 0.0

    @property
    def socket(self) -> socket.socket | None:
        return None if self._connection is None else self._connection.socket

    @property
    def accepted(self) -> bool:
        """The handshake of the present connection was answered."""
        return self._connection is not None and self._connection.accepted

    @property
    def drained(self) -> bool:
        """No more rows of the run before REBORN: its connection was closed, and was read to its end."""
        return not self._batches and (self._connection is None or not self._connection.brought_rows)

    @property
    def replaying(self) -> bool:
        """Rows come that an earlier process was given, or the last of them were not handled yet."""
        return self._replaying

    def wait_seconds(self) -> float | None:
        """Until there is something to do without input."""
        now = time.monotonic()
        if self._connection is None:
            return max(0.0, self._retry_at - now)
        if not self._connection.accepted:
            return max(0.0, self._connection.deadline - now)
        return max(0.0, self._ack_at - now) if self._handled > self._acked else None

    def connect(self) -> DataConnection | None:
        """The connection, made now when there was none and the time has come."""
        if self._connection is not None or time.monotonic() < self._retry_at:
            return self._connection
        try:
            self._connection = DataConnection(self._path, self._opening(), self._format)
            self._acked = 0
        except OSError as error:
            self._lost(str(error))
        return self._connection

    def read(self) -> Batch | ArrowBatch | None:
        """Rows that are there. Connects when there is no connection and the time has come."""
        self._acknowledge()
        if not self._batches:
            self._batches.extend(self._received_rows())
        return self._batches.popleft() if self._batches else None

    def handled(self, batch: Batch | ArrowBatch) -> None:
        """The component has returned from these rows."""
        if batch.run is not None and batch.run == self._position.run:
            self._handled = batch.next_seq

    def caught_up(self) -> bool:
        """True once, when the last row that comes again was handled."""
        if not self._replaying or self._handled < self._position.given:
            return False
        self._replaying = False
        return True

    def begin_run(self) -> None:
        """After REBORN: counts from nothing, and connects at once."""
        self._position.begin_run()
        self._replaying = False
        self._received = 0
        self._rows = 0
        self._handled = 0
        self._acked = 0
        self._retry_at = 0.0
        self._backoff.reset()

    def close(self) -> None:
        if self._connection is not None:
            self._ack_at = 0.0
            self._acknowledge()
            self._connection.close()
            self._connection = None

    def _opening(self) -> bytes:
        if not self._numbered:
            # `received` lets a data stream server that was killed go on with the very next row.
            return json.dumps({**self._identify(), "received": self._received}).encode() + b"\n"
        # Record batches have the numbers in a column.
        wanted = {"format": "arrow"} if self._format == "arrow" else {"seq": True}
        handshake = {**self._identify(), **wanted, **self._position.claim()}
        # The first acknowledgement says that others will follow, so that a run does not end before them.
        return json.dumps(handshake).encode() + b'\n{"ack":0}\n'

    def _received_rows(self) -> Sequence[Batch | ArrowBatch]:
        connection = self.connect()
        if connection is None:
            return []
        try:
            rows, ended = connection.read()
            self._heed(connection)
            batches = self._take(rows) if rows else []
            if ended:
                self._lost("end of connection")
            elif not connection.accepted and time.monotonic() >= connection.deadline:
                self._lost("no answer to the handshake")
            return batches
        except DataRefusedError as error:
            self._refused(str(error))
        except (OSError, ValueError, KeyError) as error:
            self._lost(str(error))
        return []

    def _take(self, lines: bytes | list[Any]) -> Sequence[Batch | ArrowBatch]:
        if isinstance(lines, list):
            return self._position.take_columns(lines)
        self._received += len(lines)
        if self._numbered and not has_numbers(lines):
            self._numbered = False
        if self._numbered:
            return self._position.take(lines)
        batch = Batch(lines, seq=self._rows)
        self._rows = batch.next_seq
        return [batch]

    def _heed(self, connection: DataConnection) -> None:
        """What was said of the connection."""
        if not connection.accepted:
            return
        position = self._position
        if position.state(connection.statement):
            self._replaying = position.replaying
            # Everything before is handled, or it would come.
            self._handled = position.next or 0
        if not self._told:
            self._told = True
            self._backoff.reset()
            self._log.debug("data stream open", run=position.run, next=position.next)

    def _acknowledge(self) -> None:
        now = time.monotonic()
        if self._handled <= self._acked or now < self._ack_at or not self.accepted or self._connection is None:
            return
        self._ack_at = now + ACK_SECONDS
        if self._connection.acknowledge(self._handled):
            self._acked = self._handled

    def _refused(self, message: str) -> None:
        if message.startswith("invalid from"):
            # The next connection takes what there is.
            self._log.warn("rows that were asked for cannot be had", reason=message)
            self._position.refused()
        elif message.startswith("invalid format"):
            # Rows of this run came in another format, or still do over a connection that Aegis has not given up.
            self._log.warn("rows cannot be had in this format now", reason=message)
        elif message == "invalid handshake" and self._format == "ndjson":
            self._numbered = False
        self._lost(f"data stream refused: {message}")

    def _lost(self, reason: str) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._retry_at = time.monotonic() + self._backoff.next()
        if self._told:
            self._log.debug("data stream closed", reason=reason, next=self._position.next)
        self._told = False

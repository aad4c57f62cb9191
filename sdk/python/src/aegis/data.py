"""The data connection, without a thread: a socket that is never waited for in here."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

from .backoff import Backoff
from .log import Log

READ_BYTES = 256 * 1024
BATCH_BYTES = 1024 * 1024
"""A batch has what is there, up to about this many bytes."""
ANSWER_SECONDS = 10.0


class DataConnection:
    """One connection: first the answer to the handshake, then rows."""

    def __init__(self, path: str, handshake: dict[str, Any]) -> None:
        """Raises OSError when nobody listens."""
        self.accepted = False
        self.brought_rows = False
        self.deadline = time.monotonic() + ANSWER_SECONDS
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._rest = b""
        try:
            self.socket.setblocking(False)
            self.socket.connect(path)
            self.socket.sendall(json.dumps(handshake).encode() + b"\n")
        except OSError:
            self.socket.close()
            raise

    def read(self) -> tuple[bytes, bool]:
        """Whole lines of rows that are there, and whether the connection is at its end."""
        parts = [self._rest]
        size = 0
        ended = False
        while size < BATCH_BYTES:
            try:
                part = self.socket.recv(READ_BYTES)
            except BlockingIOError:
                break
            except OSError:
                ended = True
                break
            if part == b"":
                ended = True
                break
            parts.append(part)
            size += len(part)
        if size == 0:
            return b"", ended
        return self._whole_lines(b"".join(parts)), ended

    def _whole_lines(self, data: bytes) -> bytes:
        start = 0
        if not self.accepted:
            start = data.find(b"\n") + 1
            if start == 0:
                self._rest = data
                return b""
            answer = json.loads(data[:start])
            if answer["status"] != "ok":
                raise ConnectionError(f"data stream refused: {answer.get('message')}")
            self.accepted = True
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        self.brought_rows |= end > start
        return data[start:end]


class DataStream:
    """The rows of a component over all its data connections: each row once."""

    def __init__(self, path: str, identify: Callable[[], dict[str, Any]], log: Log) -> None:
        self._path = path
        self._identify = identify
        self._log = log
        self._backoff = Backoff(0.5, 2.0)
        self._retry_at = 0.0
        self._connection: DataConnection | None = None
        self._received = 0
        self._told = False

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
        return self._connection is None or not self._connection.brought_rows

    def wait_seconds(self) -> float | None:
        """Until there is something to do without input."""
        if self._connection is None:
            return max(0.0, self._retry_at - time.monotonic())
        if not self._connection.accepted:
            return max(0.0, self._connection.deadline - time.monotonic())
        return None

    def connect(self) -> DataConnection | None:
        """The connection, made now when there was none and the time has come."""
        if self._connection is not None or time.monotonic() < self._retry_at:
            return self._connection
        # `received` lets a data stream server that was killed go on with the very next row.
        handshake = {**self._identify(), "received": self._received}
        try:
            self._connection = DataConnection(self._path, handshake)
        except OSError as error:
            self._lost(str(error))
        return self._connection

    def read(self) -> bytes:
        """Whole rows that are there. Connects when there is no connection and the time has come."""
        connection = self.connect()
        if connection is None:
            return b""
        try:
            lines, ended = connection.read()
            if ended:
                self._lost("end of connection")
            elif not connection.accepted and time.monotonic() >= connection.deadline:
                self._lost("no answer to the handshake")
            elif connection.accepted and not self._told:
                self._accepted()
        except (OSError, ValueError, KeyError) as error:
            self._lost(str(error))
            return b""
        self._received += len(lines)
        return lines

    def begin_run(self) -> None:
        """After REBORN: counts from nothing, and connects at once."""
        self._received = 0
        self._retry_at = 0.0
        self._backoff.reset()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.socket.close()
            self._connection = None

    def _accepted(self) -> None:
        self._told = True
        self._backoff.reset()
        self._log.debug("data stream open", received=self._received)

    def _lost(self, reason: str) -> None:
        self.close()
        self._retry_at = time.monotonic() + self._backoff.next()
        if self._told:
            self._log.debug("data stream closed", reason=reason, received=self._received)
        self._told = False

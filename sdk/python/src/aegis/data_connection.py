"""One data connection: a socket that is never waited for in here."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Mapping
from typing import Any

READ_BYTES = 256 * 1024
BATCH_BYTES = 1024 * 1024
"""A batch has what is there, up to about this many bytes."""
ANSWER_SECONDS = 10.0
_STATUS = b'{"status":'


class DataRefusedError(ConnectionError):
    """The answer to a handshake that cannot be accepted. `str()` is its message."""


class DataConnection:
    """First the answer to the handshake, then rows; lines with `status` among them are not rows."""

    def __init__(self, path: str, opening: bytes) -> None:
        """opening: the handshake and what is to follow at once. Raises OSError when nobody listens."""
        self.statement: Mapping[str, Any] = {}
        """What Aegis has said last of this connection."""
        self.accepted = False
        self.brought_rows = False
        self.deadline = time.monotonic() + ANSWER_SECONDS
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._rest = b""
        try:
            self.socket.setblocking(False)
            self.socket.connect(path)
            self.socket.sendall(opening)
        except OSError:
            self.socket.close()
            raise

    def read(self) -> tuple[bytes, bool]:
        """
        Whole lines of rows that are there, and whether the connection is at its end. Raises DataRefusedError, and
        ValueError when the answer is not to be understood.
        """
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
        return self._rows_of(b"".join(parts)), ended

    def acknowledge(self, seq: int) -> bool:
        """The rows below are handled. False when it could not be said."""
        with contextlib.suppress(OSError):
            self.socket.sendall(b'{"ack":%d}\n' % seq)
            return True
        return False

    def close(self) -> None:
        self.socket.close()

    def _rows_of(self, data: bytes) -> bytes:
        start = 0
        # Statements come before the first row, at most one after the answer.
        while not self.accepted or data.startswith(_STATUS, start):
            end = data.find(b"\n", start) + 1
            if end == 0:
                self._rest = data[start:]
                return b""
            self._state(data[start:end])
            start = end
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        last = max(start, data.rfind(b"\n", start, max(start, end - 1)) + 1)
        if end > start and data.startswith(_STATUS, last):
            # What is wrong, before Aegis closes the connection.
            self._state(data[last:end])
            end = last
        self.brought_rows |= end > start
        return data[start:end]

    def _state(self, line: bytes) -> None:
        statement = json.loads(line)
        if statement["status"] != "ok":
            raise DataRefusedError(str(statement.get("message")))
        self.statement = statement
        self.accepted = True

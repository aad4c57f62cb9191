"""One data connection: a socket that is never waited for in here."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Mapping
from typing import Any, Literal

from .arrow_input import ArrowInput
from .errors import AegisError
from .line_input import LineInput

Format = Literal["ndjson", "arrow"]
"""How rows come: as JSON lines, or as record batches of Arrow."""

READ_BYTES = 256 * 1024
BATCH_BYTES = 1024 * 1024
"""A batch has what is there, up to about this many bytes."""
ANSWER_SECONDS = 10.0


class DataRefusedError(ConnectionError):
    """The answer to a handshake that cannot be accepted. `str()` is its message."""


class DataConnection:
    """First the answer to the handshake, then rows: as lines, or as record batches of Arrow."""

    def __init__(self, path: str, opening: bytes, format: Format = "ndjson") -> None:
        """opening: the handshake and what is to follow at once. Raises OSError when nobody listens."""
        self.statement: Mapping[str, Any] = {}
        """What Aegis has said last of this connection."""
        self.accepted = False
        self.brought_rows = False
        self.deadline = time.monotonic() + ANSWER_SECONDS
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._format = format
        self._answer = b""
        self._input = ArrowInput(self._state) if format == "arrow" else LineInput(self._state)
        try:
            self.socket.setblocking(False)
            self.socket.connect(path)
            self.socket.sendall(opening)
        except OSError:
            self.socket.close()
            raise

    def read(self) -> tuple[bytes | list[Any], bool]:
        """
        Whole lines or record batches that are there, and whether the connection is at its end. Raises DataRefusedError,
        ValueError when what came is not to be understood, and AegisError when it comes in another format.
        """
        parts = []
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

    def _rows_of(self, data: bytes) -> bytes | list[Any]:
        if not self.accepted:
            data = self._answer + data
            end = data.find(b"\n") + 1
            if end == 0:
                self._answer = data
                return b""
            self._state(data[:end])
            data = data[end:]
        rows = self._input.take(data)
        self.brought_rows |= len(rows) > 0
        return rows

    def _state(self, line: bytes) -> None:
        statement = json.loads(line)
        if statement["status"] != "ok":
            raise DataRefusedError(str(statement.get("message")))
        if not self.accepted and statement.get("format", "ndjson") != self._format:
            raise AegisError(f"this Aegis does not give rows in the format {self._format}: update it")
        self.statement = statement
        self.accepted = True

"""Arrow IPC from a socket that is never waited for: a message is decoded when the whole of it is there."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

_CONTINUATION = b"\xff\xff\xff\xff"
_RECORD_BATCH = 3
_PREFIX_BYTES = 8


class ArrowInput:
    """Takes what comes after the answer to the handshake: lines that state something, and one Arrow stream."""

    def __init__(self, state: Callable[[bytes], None]) -> None:
        """state: takes a line, which can stand before any message."""
        self._state = state
        self._parts: list[bytes] = []
        self._size = 0
        self._needed = 0
        self._whole = _Whole()
        self._reader: Any = None

    def take(self, data: bytes) -> list[Any]:
        """Record batches that are whole now. Raises what `state` raises, and ValueError when the data make no sense."""
        self._parts.append(data)
        self._size += len(data)
        if self._size < self._needed:
            return []
        data = b"".join(self._parts)
        place = 0
        batches = 0
        while (end := _end_of(data, place)) <= len(data):
            if data.startswith(b"{", place):
                self._state(data[place:end])
            elif end - place > _PREFIX_BYTES:
                batches += _message_of(data, place)[0] == _RECORD_BATCH
                self._whole.append(data[place:end])
            place = end
        self._parts = [data[place:]]
        self._size = len(data) - place
        self._needed = end - place
        return [self._next_batch() for _ in range(batches)]

    def _next_batch(self) -> Any:
        if self._reader is None:
            import pyarrow

            self._reader = pyarrow.ipc.open_stream(self._whole)
        return self._reader.read_next_batch()


class _Whole:
    """The whole messages, as a file. pyarrow asks for no more than it needs for the next record batch."""

    closed = False

    def __init__(self) -> None:
        self._messages: list[bytes] = []
        self._place = 0

    def append(self, message: bytes) -> None:
        self._messages.append(message)

    def read(self, size: int) -> bytes:
        """Of one message: neither its prefix nor its body is asked for together with another one's."""
        if not self._messages:
            return b""
        message = self._messages[0]
        part = message[self._place : self._place + size]
        self._place += len(part)
        if self._place == len(message):
            self._messages.pop(0)
            self._place = 0
        return part


def _end_of(data: bytes, place: int) -> int:
    """Where the line or message ends that begins at a place; beyond the data as long as more of it is needed."""
    if data.startswith(b"{", place):
        return data.find(b"\n", place) + 1 or len(data) + 1
    begin = place + _PREFIX_BYTES
    if len(data) < begin:
        return begin
    if not data.startswith(_CONTINUATION, place):
        raise ValueError("what came is not an Arrow stream")
    end = begin + int.from_bytes(data[place + 4 : begin], "little")
    # A message without metadata is the end of the stream.
    return end if end == begin or len(data) < end else end + _message_of(data, place)[1]


def _message_of(data: bytes, place: int) -> tuple[int, int]:
    """Type of the header and length of the body: two fields of the flatbuffer table Message of Arrow's Message.fbs."""
    root = place + _PREFIX_BYTES
    table: int = root + struct.unpack_from("<I", data, root)[0]
    fields: int = table - struct.unpack_from("<i", data, table)[0]
    header, body = struct.unpack_from("<H", data, fields + 6)[0], 0
    if struct.unpack_from("<H", data, fields)[0] > 10:
        body = struct.unpack_from("<H", data, fields + 10)[0]
    kind = data[table + header] if header else 0
    return kind, struct.unpack_from("<q", data, table + body)[0] if body else 0

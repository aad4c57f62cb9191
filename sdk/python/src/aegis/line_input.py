"""Rows as JSON lines, of what a socket gives."""

from __future__ import annotations

from collections.abc import Callable

_STATUS = b'{"status":'


class LineInput:
    """Takes what comes after the answer to the handshake; lines with `status` among them are not rows."""

    def __init__(self, state: Callable[[bytes], None]) -> None:
        """state: takes such a line."""
        self._state = state
        self._rest = b""

    def take(self, data: bytes) -> bytes:
        """Whole rows. Raises what `state` raises."""
        data = self._rest + data
        start = 0
        # Statements come before the first row, at most one after the answer.
        while data.startswith(_STATUS, start):
            end = data.find(b"\n", start) + 1
            if end == 0:
                break
            self._state(data[start:end])
            start = end
        end = max(start, data.rfind(b"\n") + 1)
        self._rest = data[end:]
        last = max(start, data.rfind(b"\n", start, max(start, end - 1)) + 1)
        if end > start and data.startswith(_STATUS, last):
            # What is wrong, before Aegis closes the connection.
            self._state(data[last:end])
            end = last
        return data[start:end]

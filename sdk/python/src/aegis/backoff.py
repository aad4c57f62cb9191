"""How long to wait before a connection is tried again."""


class Backoff:
    """`first` seconds, then twice as long each time up to `limit`, until `reset`."""

    def __init__(self, first: float, limit: float) -> None:
        self._first = first
        self._limit = limit
        self._next = first

    def next(self) -> float:
        seconds = self._next
        self._next = min(self._limit, seconds * 2)
        return seconds

    def reset(self) -> None:
        self._next = self._first

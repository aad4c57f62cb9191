"""Which rows of a run the component has. Pure: neither sockets nor clocks. See docs/stream.md of Aegis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from .arrow_batch import ArrowBatch
from .batch import Batch

Recovery = Literal["resume", "replay"]
"""
What a process gets that is started again in the middle of a run. `resume`: the rows after the last ones that were
handled. `replay`: every row of the run from the first one, so that it can rebuild its state.
"""
# A session id and a topic are tokens: the first match in a line is the envelope's.
_SEQ = re.compile(rb',"seq":(\d+),"data":')


class Position:
    """Where a component is in its own stream, over all its connections."""

    def __init__(self, recovery: Recovery, begin: Mapping[str, int] | None = None) -> None:
        """begin: `run` and `from` of the component's own store."""
        self._recovery = recovery
        self._begin = begin
        self._reborn = False
        self._over = False
        self.run: int | None = None
        """None until Aegis has said which one it is."""
        self.next: int | None = None
        """Number of the row that comes next; None while it is not known."""
        self.given = 0
        """Rows below were given to an earlier process of this component in this run."""

    @property
    def replaying(self) -> bool:
        return self.next is not None and self.next < self.given

    def claim(self) -> dict[str, Any]:
        """What the handshake of the next connection asks for."""
        if self.next is not None:
            return {"from": self.next} if self.run is None else {"from": self.next, "run": self.run}
        if self._over:
            return {}
        if self._reborn or self._recovery == "replay":
            return {"from": "start"}
        return {"from": "next"} if self._begin is None else dict(self._begin)

    def refused(self) -> None:
        """The rows that it asks for cannot be had any more: the run has ended."""
        self.next = None
        self._over = True

    def state(self, statement: Mapping[str, Any]) -> bool:
        """Takes what Aegis says of a connection. True when it is news: the first statement in a run."""
        run = statement.get("run")
        if run is None or run == self.run:
            return False
        self.run = run
        self.next = statement.get("from")
        self.given = statement.get("given", 0)
        return True

    def begin_run(self) -> None:
        """After REBORN: nothing of the run is there yet."""
        self._reborn = True
        self._over = False
        self.run = None
        self.next = None
        self.given = 0

    def take(self, lines: bytes) -> list[Batch]:
        """
        The rows of these lines that are new; those that come again after an own crash are apart from those that never
        were there. Raises ConnectionError when a row is missing, ValueError when the lines have no numbers.
        """
        first = _seq_at(lines, 0)
        end = _seq_at(lines, lines.rfind(b"\n", 0, -1) + 1) + 1
        if self.next is not None and first != self.next:
            if first > self.next:
                raise ConnectionError(f"row {self.next} was to come, and row {first} came")
            lines = _without(lines, self.next - first)
            first = self.next
        if first >= end:
            return []
        self.next = end
        if not first < self.given < end:
            return [Batch(lines, run=self.run, seq=first, next_seq=end, replayed=end <= self.given)]
        fresh = _without(lines, self.given - first)
        again = lines[: len(lines) - len(fresh)]
        return [
            Batch(again, run=self.run, seq=first, next_seq=self.given, replayed=True),
            Batch(fresh, run=self.run, seq=self.given, next_seq=end),
        ]

    def take_columns(self, record_batches: Iterable[Any]) -> list[ArrowBatch]:
        """The same for record batches of Arrow. Raises ConnectionError when a row is missing."""
        return [part for each in record_batches if len(each) > 0 for part in self._take_columns(each)]

    def _take_columns(self, record_batch: Any) -> list[ArrowBatch]:
        batch = ArrowBatch(record_batch, run=self.run)
        if self.next is not None and batch.seq != self.next:
            if batch.seq > self.next:
                raise ConnectionError(f"row {self.next} was to come, and row {batch.seq} came")
            batch = batch.slice(min(len(batch), self.next - batch.seq))
        if len(batch) == 0:
            return []
        self.next = batch.next_seq
        seam = self.given - batch.seq
        if not 0 < seam < len(batch):
            return [batch.slice(0, replayed=seam > 0)]
        return [batch.slice(0, seam, replayed=True), batch.slice(seam)]


def has_numbers(lines: bytes) -> bool:
    end = lines.find(b"\n")
    return _SEQ.search(lines, 0, end) is not None


def without_numbers(batch: Batch) -> bytes:
    """The lines as they are without `seq`, which is what stream hashes are made of."""
    first, *rest = batch.lines.split(b',"seq":')
    # All numbers up to the next power of ten have as many digits.
    digits = len(str(batch.seq))
    if digits == len(str(batch.next_seq - 1)):
        return b"".join([first, *[part[digits:] for part in rest]])
    return b"".join([first, *[part[len(str(seq)) :] for seq, part in enumerate(rest, batch.seq)]])


def _seq_at(lines: bytes, start: int) -> int:
    found = _SEQ.search(lines, start)
    if found is None:
        raise ValueError("a row has no number")
    return int(found[1])


def _without(lines: bytes, rows: int) -> bytes:
    """The lines after the first `rows`."""
    place = 0
    for _ in range(rows):
        place = lines.find(b"\n", place) + 1
        if place == 0:
            return b""
    return lines[place:]

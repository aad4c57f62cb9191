"""Rows that arrived together, as columns."""

from __future__ import annotations

from typing import Any


class ArrowBatch:
    """
    A pyarrow.RecordBatch and where it is in the stream. Columns: `seq`, `ts` (unix ms), `topic` (the full topic), and
    the fields of the types that the component has declared. Libraries that read Arrow take it as it is.
    """

    __slots__ = ("next_seq", "record_batch", "replayed", "run", "seq")

    def __init__(
        self, record_batch: Any, *, run: int | None = None, seq: int | None = None, replayed: bool = False
    ) -> None:
        """seq: by default that of the first row."""
        self.record_batch = record_batch
        """The pyarrow.RecordBatch."""
        self.run = run
        """The run that the rows belong to."""
        self.seq: int = record_batch["seq"][0].as_py() if seq is None else seq
        """Number of the first row in the component's own stream of the run, from 0."""
        self.next_seq = self.seq + len(record_batch)
        """Number of the row after the last one: what to store as the position, together with the result."""
        self.replayed = replayed
        """An earlier process of the component was given these rows. It may have handled them."""

    def __len__(self) -> int:
        return self.next_seq - self.seq

    def __getitem__(self, column: str) -> Any:
        """A column, as a pyarrow.Array. Raises KeyError."""
        return self.record_batch[column]

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        """What other libraries take Arrow data by."""
        return self.record_batch.__arrow_c_array__(requested_schema)

    def slice(self, rows: int, end: int | None = None, *, replayed: bool | None = None) -> ArrowBatch:
        """Those from the place `rows` on, before the place `end`; nothing is copied."""
        count = (len(self) if end is None else end) - rows
        part = self.record_batch if count == len(self) else self.record_batch.slice(rows, count)
        again = self.replayed if replayed is None else replayed
        return ArrowBatch(part, run=self.run, seq=self.seq + rows, replayed=again)

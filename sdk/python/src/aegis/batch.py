"""Rows that arrived together. They are parsed when they are first looked at, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from .rows import (
    AggTradeRow,
    BookDepthRow,
    KlineRow,
    KlineUpdateRow,
    MetricsRow,
    OrderBookRow,
    Row,
    Topic,
    TradeRow,
)

loads: Callable[[bytes], Any]
try:
    import orjson

    loads = orjson.loads
except ImportError:
    loads = json.loads

_MAKERS: dict[str, Callable[[Topic, int, Any, int], Row]] = {
    "trades": TradeRow,
    "aggTrades": AggTradeRow,
    "klines": KlineRow,
    "klineUpdates": KlineUpdateRow,
    "bookDepth": BookDepthRow,
    "metrics": MetricsRow,
    "orderBook": OrderBookRow,
}
_known: dict[str, tuple[Callable[[Topic, int, Any, int], Row], Topic]] = {}


class Batch(Sequence[Row]):
    """A sequence of rows. `lines` are the same rows as they came: JSON, each with its newline."""

    __slots__ = ("_rows", "lines", "next_seq", "replayed", "run", "seq")

    def __init__(
        self,
        lines: bytes,
        *,
        run: int | None = None,
        seq: int = 0,
        next_seq: int | None = None,
        replayed: bool = False,
    ) -> None:
        self.lines = lines
        self.run = run
        """The run that the rows belong to; None when Aegis does not number them."""
        self.seq = seq
        """Number of the first row in the component's own stream of the run, from 0."""
        self.next_seq = seq + lines.count(b"\n") if next_seq is None else next_seq
        """Number of the row after the last one: what to store as the position, together with the result."""
        self.replayed = replayed
        """An earlier process of the component was given these rows. It may have handled them."""
        self._rows: list[Row] | None = None

    def __len__(self) -> int:
        return self.next_seq - self.seq

    def __iter__(self) -> Iterator[Row]:
        return iter(self._parsed())

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._parsed()[index]

    def _parsed(self) -> list[Row]:
        if self._rows is None:
            self._rows = parse_rows(self.lines, self.seq)
        return self._rows


def parse_rows(lines: bytes, first_seq: int = 0) -> list[Row]:
    """One call of the parser for all lines takes two thirds of the time of one call for each."""
    rows = []
    for seq, each in enumerate(loads(b"[" + lines.removesuffix(b"\n").replace(b"\n", b",") + b"]"), first_seq):
        full = each["topic"]
        known = _known.get(full)
        if known is None:
            topic = Topic.parse(full)
            known = _known[full] = (_MAKERS[topic.type], topic)
        make, topic = known
        rows.append(make(topic, each["ts"], each["data"], seq))
    return rows

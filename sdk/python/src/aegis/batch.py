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

_MAKERS: dict[str, Callable[[Topic, int, Any], Row]] = {
    "trades": TradeRow,
    "aggTrades": AggTradeRow,
    "klines": KlineRow,
    "klineUpdates": KlineUpdateRow,
    "bookDepth": BookDepthRow,
    "metrics": MetricsRow,
    "orderBook": OrderBookRow,
}
_known: dict[str, tuple[Callable[[Topic, int, Any], Row], Topic]] = {}


class Batch(Sequence[Row]):
    """A sequence of rows. `lines` are the same rows as they came: JSON, each with its newline."""

    __slots__ = ("_rows", "lines")

    def __init__(self, lines: bytes) -> None:
        self.lines = lines
        self._rows: list[Row] | None = None

    def __len__(self) -> int:
        return self.lines.count(b"\n") if self._rows is None else len(self._rows)

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
            self._rows = parse_rows(self.lines)
        return self._rows


def parse_rows(lines: bytes) -> list[Row]:
    """One call of the parser for all lines takes two thirds of the time of one call for each."""
    rows = []
    for each in loads(b"[" + lines.removesuffix(b"\n").replace(b"\n", b",") + b"]"):
        full = each["topic"]
        known = _known.get(full)
        if known is None:
            topic = Topic.parse(full)
            known = _known[full] = (_MAKERS[topic.type], topic)
        make, topic = known
        rows.append(make(topic, each["ts"], each["data"]))
    return rows

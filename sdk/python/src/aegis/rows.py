"""Rows: one class per data type, told apart by `type` or by isinstance. Times are unix milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict


class Trade(TypedDict):
    id: int
    price: float
    qty: float
    quote_qty: float
    time: int
    is_buyer_maker: bool


class AggTrade(TypedDict):
    event_time: int
    symbol: str
    agg_trade_id: int
    first_trade_id: int
    last_trade_id: int
    price: float
    quantity: float
    normal_qty: float
    transact_time: int
    is_buyer_maker: bool


class Kline(TypedDict):
    open_time: int
    close_time: int
    count: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_volume: float
    taker_buy_volume: float
    taker_buy_quote_volume: float


class KlineUpdate(Kline):
    closed: bool


class BookDepth(TypedDict):
    timestamp: int
    percentage: float
    depth: float
    notional: float


class Metrics(TypedDict):
    create_time: int
    symbol: str
    sum_open_interest: float
    sum_open_interest_value: float
    count_toptrader_long_short_ratio: float
    sum_toptrader_long_short_ratio: float
    count_long_short_ratio: float
    sum_taker_long_short_vol_ratio: float


class Level(TypedDict):
    price: float
    quantity: float


class OrderBook(TypedDict):
    last_update_id: int
    event_time: int
    bids: list[Level]
    """From the highest price."""
    asks: list[Level]
    """From the lowest price."""


# `from` is no name that a class could have.
_StatusOfKind = TypedDict(
    "_StatusOfKind",
    {
        "state": str,
        "from": int,
        "to": int,
        "rows": int,
        "reason": str,
        "for_ms": int,
        "open_time": int,
        "changes": str,
    },
    total=False,
)


class Status(_StatusOfKind):
    """What happens to a stream; the other fields go by `kind`. See docs/realtime.md."""

    event_time: int
    kind: Literal["gap", "book", "silence", "connection", "correction", "live"]
    topic: str
    """Short topic: `trades.BTCUSDT`."""


@dataclass(frozen=True)
class Topic:
    """Where a row comes from: `aegis.<session id>.<type>.<symbol>[.<timeframe or speed>]`."""

    full: str
    session_id: str
    type: str
    symbol: str
    detail: str

    @staticmethod
    def parse(full: str) -> Topic:
        _, session_id, kind, symbol, *rest = full.split(".")
        return Topic(full, session_id, kind, symbol, rest[0] if rest else "")


class _Row:
    """What all rows have. Not frozen and not a dataclass: a million of them are made per second."""

    __slots__ = ("seq", "topic", "ts")

    topic: Topic
    ts: int
    seq: int
    """Its number in the component's own stream of this run, from 0."""

    @property
    def symbol(self) -> str:
        return self.topic.symbol


class TradeRow(_Row):
    __slots__ = ("data",)
    type: ClassVar[Literal["trades"]] = "trades"

    def __init__(self, topic: Topic, ts: int, data: Trade, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq


class AggTradeRow(_Row):
    __slots__ = ("data",)
    type: ClassVar[Literal["aggTrades"]] = "aggTrades"

    def __init__(self, topic: Topic, ts: int, data: AggTrade, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq


class KlineRow(_Row):
    """A finished candle; `ts` is its close."""

    __slots__ = ("data",)
    type: ClassVar[Literal["klines"]] = "klines"

    def __init__(self, topic: Topic, ts: int, data: Kline, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq

    @property
    def timeframe(self) -> str:
        return self.topic.detail


class KlineUpdateRow(_Row):
    """A candle that goes on; realtime only."""

    __slots__ = ("data",)
    type: ClassVar[Literal["klineUpdates"]] = "klineUpdates"

    def __init__(self, topic: Topic, ts: int, data: KlineUpdate, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq

    @property
    def timeframe(self) -> str:
        return self.topic.detail


class BookDepthRow(_Row):
    """Historical only."""

    __slots__ = ("data",)
    type: ClassVar[Literal["bookDepth"]] = "bookDepth"

    def __init__(self, topic: Topic, ts: int, data: BookDepth, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq


class MetricsRow(_Row):
    """Historical only."""

    __slots__ = ("data",)
    type: ClassVar[Literal["metrics"]] = "metrics"

    def __init__(self, topic: Topic, ts: int, data: Metrics, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq


class OrderBookRow(_Row):
    """Realtime only."""

    __slots__ = ("data",)
    type: ClassVar[Literal["orderBook"]] = "orderBook"

    def __init__(self, topic: Topic, ts: int, data: OrderBook, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq

    @property
    def speed(self) -> str:
        return self.topic.detail


class StatusRow(_Row):
    """Realtime only; in a historical session there are none."""

    __slots__ = ("data",)
    type: ClassVar[Literal["status"]] = "status"

    def __init__(self, topic: Topic, ts: int, data: Status, seq: int = 0) -> None:
        self.topic = topic
        self.ts = ts
        self.data = data
        self.seq = seq


Row = TradeRow | AggTradeRow | KlineRow | KlineUpdateRow | BookDepthRow | MetricsRow | OrderBookRow | StatusRow
Stream = Literal["trades", "aggTrades", "klines", "klineUpdates", "bookDepth", "metrics", "orderBook", "status"]

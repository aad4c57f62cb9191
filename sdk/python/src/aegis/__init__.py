"""Components for Aegis. See docs/sdk.md of Aegis."""

from .arrow_batch import ArrowBatch
from .async_component import AsyncComponent
from .batch import Batch
from .component import Component
from .errors import AegisError, OutsideAegisError, RefusedError
from .position import Recovery
from .rows import (
    AggTrade,
    AggTradeRow,
    BookDepth,
    BookDepthRow,
    Kline,
    KlineRow,
    KlineUpdate,
    KlineUpdateRow,
    Level,
    Metrics,
    MetricsRow,
    OrderBook,
    OrderBookRow,
    Row,
    Status,
    StatusRow,
    Stream,
    Topic,
    Trade,
    TradeRow,
)
from .stream_hash import StreamHash

__all__ = [
    "AegisError",
    "AggTrade",
    "AggTradeRow",
    "ArrowBatch",
    "AsyncComponent",
    "Batch",
    "BookDepth",
    "BookDepthRow",
    "Component",
    "Kline",
    "KlineRow",
    "KlineUpdate",
    "KlineUpdateRow",
    "Level",
    "Metrics",
    "MetricsRow",
    "OrderBook",
    "OrderBookRow",
    "OutsideAegisError",
    "Recovery",
    "RefusedError",
    "Row",
    "Status",
    "StatusRow",
    "Stream",
    "StreamHash",
    "Topic",
    "Trade",
    "TradeRow",
]

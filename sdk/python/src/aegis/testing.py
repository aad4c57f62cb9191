"""Runs a component's hooks without Aegis, for unit tests of strategies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .async_component import AsyncComponent
from .batch import Batch
from .component import Component


def line(topic: str, ts: int, data: Mapping[str, Any]) -> bytes:
    """A row as it comes over the wire. `topic` is a short one: `trades.BTCUSDT`, `klines.BTCUSDT.1m`."""
    envelope = {"session_id": "test", "topic": f"aegis.test.{topic}", "ts": ts, "data": data}
    return json.dumps(envelope, separators=(",", ":")).encode() + b"\n"


def play(
    component: Component | AsyncComponent,
    lines: Iterable[bytes],
    *,
    config: Mapping[str, Any] | None = None,
    rows_per_batch: int = 1_000,
) -> None:
    """Calls on_configure, on_start, on_rows for each batch, on_stop. Exceptions of hooks are the caller's."""
    all_lines = list(lines)
    starts = range(0, len(all_lines), rows_per_batch)
    batches = [Batch(b"".join(all_lines[start : start + rows_per_batch]), run=1, seq=start) for start in starts]
    if isinstance(component, AsyncComponent):
        asyncio.run(_play_async(component, batches, config or {}))
        return
    component.on_configure(config or {})
    component.on_start()
    for batch in batches:
        component.on_rows(batch)
    component.on_stop()


async def _play_async(component: AsyncComponent, batches: Iterable[Batch], config: Mapping[str, Any]) -> None:
    await component.on_configure(config)
    await component.on_start()
    for batch in batches:
        await component.on_rows(batch)
    await component.on_stop()

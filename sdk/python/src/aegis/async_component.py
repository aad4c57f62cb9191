"""A component in asyncio style: the same hooks, each awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Literal, NoReturn, overload

from .arrow_batch import ArrowBatch
from .base import ComponentBase, has_hook
from .batch import Batch
from .configuring import Asked
from .data_connection import Format
from .engine import Engine
from .events import CaughtUp, Configured, Reborn, Rows, Running
from .rows import Row


class AsyncComponent(ComponentBase):
    """
    Override the hooks and call `run`; or iterate `rows()` or `batches()` in an event loop of your own. Tasks that you
    start go on between batches.
    """

    async def on_configure(self, config: Mapping[str, Any]) -> None:
        """The operator's configuration, before everything else. Must return within 15 s."""

    async def on_reconfigure(self, config: Mapping[str, Any]) -> None:
        """
        The operator has changed the configuration while the component runs; `config` is the former one until this
        returns. An exception refuses it, and the component goes on with the former one. Must return within 8 s. A
        component without this hook gets no change while it runs.
        """

    async def on_start(self) -> None:
        """The component is RUNNING; rows follow."""

    async def on_rows(self, batch: Batch) -> None:
        """Rows that arrived together, in order. By default each is given to `on_row`."""
        for row in batch:
            await self.on_row(row)

    async def on_arrow(self, batch: ArrowBatch) -> None:
        """
        Rows that arrived together, as columns. A component that overrides this gets its rows here alone, in the format
        "arrow"; it needs pyarrow.
        """

    async def on_row(self, row: Row) -> None:
        """One row. Overriding `on_rows` instead is faster."""

    async def on_caught_up(self) -> None:
        """
        After a restart in the middle of a run: the rows that an earlier process was given have come again, and what
        follows is new. Not called when there are none.
        """

    async def on_reborn(self) -> None:
        """The session runs again: forget what belongs to the last run. Must return within 15 s."""

    async def on_stop(self) -> None:
        """The session is shut down. Aegis ends the process after 2 s."""

    def run(self, main: Callable[[], Awaitable[None]] | None = None) -> NoReturn:
        """
        Runs an event loop until the end of the session, then exits: with 0, or with 1 after an exception, which is
        reported to the session. `main` iterates `rows()` or `batches()`; without it `on_rows` gets the rows.
        """
        try:
            asyncio.run(self._serve(main))
        except Exception as error:
            self._exit(error)
        self._exit(None)

    async def rows(self) -> AsyncIterator[Row]:
        """The rows, until the session is shut down. The other hooks are called in between."""
        async for batch in self.batches():
            for row in batch:
                yield row

    @overload
    def batches(self, format: Literal["ndjson"] = "ndjson") -> AsyncIterator[Batch]: ...

    @overload
    def batches(self, format: Literal["arrow"]) -> AsyncIterator[ArrowBatch]: ...

    async def batches(self, format: Format = "ndjson") -> AsyncIterator[Batch | ArrowBatch]:
        """
        The rows as they arrived together, until the session is shut down. format: "ndjson" for rows, dicts and JSON
        lines; "arrow" for columns, which is the fastest and needs pyarrow.
        """
        engine = self._open(reconfigurable=has_hook(self, AsyncComponent, "on_reconfigure"), format=format)
        while True:
            event = engine.poll()
            if event is None:
                await _wait(engine)
            elif isinstance(event, Rows):
                yield event.batch
                engine.handled(event.batch)
                # Rows that are always there must not keep the other tasks from running.
                await asyncio.sleep(0)
            elif isinstance(event, Configured):
                await self._configure(event.asked)
            elif isinstance(event, Running):
                await self.on_start()
            elif isinstance(event, CaughtUp):
                await self.on_caught_up()
            elif isinstance(event, Reborn):
                await self.on_reborn()
                engine.reborn(event)
            else:
                await self.on_stop()
                engine.ended(event)
                return

    async def _dispatch(self) -> None:
        if has_hook(self, AsyncComponent, "on_arrow"):
            async for batch in self.batches("arrow"):
                await self.on_arrow(batch)
        else:
            async for rows in self.batches():
                await self.on_rows(rows)

    async def _configure(self, asked: Asked) -> None:
        config = asked.configuration.config
        if not self._changes:
            await self.on_configure(config)
            self._take(asked)
            return
        try:
            await self.on_reconfigure(config)
        except Exception as error:
            self._refuse(asked, error)
        else:
            self._take(asked)

    async def _serve(self, main: Callable[[], Awaitable[None]] | None) -> None:
        if main is None:
            await self._dispatch()
            return
        await main()
        engine = self._opened()
        if not engine.over:
            await self.on_stop()
            engine.control.leave()
            engine.close()


async def _wait(engine: Engine) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    sockets = engine.sockets
    for each in sockets:
        loop.add_reader(each, readable.set)
    try:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(readable.wait(), engine.wait_seconds)
    finally:
        for each in sockets:
            loop.remove_reader(each)

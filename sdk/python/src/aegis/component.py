"""A component in plain blocking style."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NoReturn, overload

from .arrow_batch import ArrowBatch
from .base import ComponentBase, has_hook
from .batch import Batch
from .configuring import Asked
from .data_connection import Format
from .engine import Engine
from .events import CaughtUp, Configured, Reborn, Rows, Running
from .rows import Row


class Component(ComponentBase):
    """
    Override the hooks and call `run`; or iterate `rows()` or `batches()`. Hooks run in the thread that does this, one
    after another. Aegis gets its answers from another thread, so a hook may take its time.
    """

    def on_configure(self, config: Mapping[str, Any]) -> None:
        """The operator's configuration, before everything else. Must return within 15 s."""

    def on_reconfigure(self, config: Mapping[str, Any]) -> None:
        """
        The operator has changed the configuration while the component runs; `config` is the former one until this
        returns. An exception refuses it, and the component goes on with the former one. Must return within 8 s. A
        component without this hook gets no change while it runs.
        """

    def on_start(self) -> None:
        """The component is RUNNING; rows follow."""

    def on_rows(self, batch: Batch) -> None:
        """Rows that arrived together, in order. By default each is given to `on_row`."""
        for row in batch:
            self.on_row(row)

    def on_arrow(self, batch: ArrowBatch) -> None:
        """
        Rows that arrived together, as columns. A component that overrides this gets its rows here alone, in the format
        "arrow"; it needs pyarrow.
        """

    def on_row(self, row: Row) -> None:
        """One row. Overriding `on_rows` instead is faster."""

    def on_caught_up(self) -> None:
        """
        After a restart in the middle of a run: the rows that an earlier process was given have come again, and what
        follows is new. Not called when there are none.
        """

    def on_reborn(self) -> None:
        """The session runs again: forget what belongs to the last run. Must return within 15 s."""

    def on_stop(self) -> None:
        """The session is shut down. Aegis ends the process after 2 s."""

    def run(self, main: Callable[[], None] | None = None) -> NoReturn:
        """
        Runs the component until the end of the session, then exits: with 0, or with 1 after an exception, which is
        reported to the session. `main` iterates `rows()` or `batches()`; without it `on_rows` gets the rows.
        """
        try:
            if main is None:
                self._dispatch()
            else:
                main()
                self._leave()
        except Exception as error:
            self._exit(error)
        self._exit(None)

    def rows(self) -> Iterator[Row]:
        """The rows, until the session is shut down. The other hooks are called in between."""
        for batch in self.batches():
            yield from batch

    @overload
    def batches(self, format: Literal["ndjson"] = "ndjson") -> Iterator[Batch]: ...

    @overload
    def batches(self, format: Literal["arrow"]) -> Iterator[ArrowBatch]: ...

    def batches(self, format: Format = "ndjson") -> Iterator[Batch | ArrowBatch]:
        """
        The rows as they arrived together, until the session is shut down. format: "ndjson" for rows, dicts and JSON
        lines; "arrow" for columns, which is the fastest and needs pyarrow.
        """
        engine = self._open(reconfigurable=has_hook(self, Component, "on_reconfigure"), format=format)
        while True:
            event = engine.poll()
            if event is None:
                _wait(engine)
            elif isinstance(event, Rows):
                yield event.batch
                engine.handled(event.batch)
            elif isinstance(event, Configured):
                self._configure(event.asked)
            elif isinstance(event, Running):
                self.on_start()
            elif isinstance(event, CaughtUp):
                self.on_caught_up()
            elif isinstance(event, Reborn):
                self.on_reborn()
                engine.reborn(event)
            else:
                self.on_stop()
                engine.ended(event)
                return

    def _dispatch(self) -> None:
        if has_hook(self, Component, "on_arrow"):
            for batch in self.batches("arrow"):
                self.on_arrow(batch)
        else:
            for rows in self.batches():
                self.on_rows(rows)

    def _configure(self, asked: Asked) -> None:
        config = asked.configuration.config
        if not self._changes:
            self.on_configure(config)
            self._take(asked)
            return
        try:
            self.on_reconfigure(config)
        except Exception as error:
            self._refuse(asked, error)
        else:
            self._take(asked)

    def _leave(self) -> None:
        """`main` has returned: if it did so before the end of the session, the component leaves it."""
        engine = self._opened()
        if engine.over:
            return
        self.on_stop()
        engine.control.leave()
        engine.close()


def _wait(engine: Engine) -> None:
    poll = select.poll()
    for each in engine.sockets:
        poll.register(each, select.POLLIN)
    seconds = engine.wait_seconds
    poll.poll(None if seconds is None else seconds * 1000)

"""What the blocking and the asyncio component have in common."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from .configuring import Asked
from .data_connection import Format
from .engine import Engine
from .errors import AegisError
from .log import Log
from .position import Position, Recovery
from .protocol import Configuration, Needs
from .rows import Stream
from .settings import Settings


class ComponentBase:
    """Declaration, reports and log of a component. Do not use it directly."""

    def __init__(
        self,
        *,
        streams: Sequence[Stream] = (),
        symbols: Sequence[str] = (),
        timeframes: Sequence[str] = (),
        order_book_speeds: Sequence[str] = (),
        name: str = "",
        version: str = "0.1.0",
        recovery: Recovery = "resume",
        stream_hash: bool = False,
    ) -> None:
        """
        streams, symbols: what the component is to get; nothing by default.
        timeframes: for klines and klineUpdates, for example "1m".
        order_book_speeds: for orderBook: "100ms" (the default of Aegis), "250ms", "500ms".
        name: where Aegis gives none, by default the name of the class.
        version: free text for the operator.
        recovery: what a process gets that is started again in the middle of a run. "resume": the rows after the last
            ones that were handled. "replay": every row of the run from the first one, to rebuild its state.
        stream_hash: compute the hash of the stream, for `stream_hash()`.
        """
        self._declared = (streams, symbols, timeframes, order_book_speeds)
        self._name = name or type(self).__name__
        self._version = version
        if recovery not in ("resume", "replay"):
            raise ValueError(f'recovery is "resume" or "replay", not {recovery!r}')
        self._recovery: Recovery = recovery
        self._begin: Mapping[str, int] | None = None
        self._hash_wanted = stream_hash
        self._engine: Engine | None = None
        self._configuration: Configuration | None = None
        self._reconfigurable = False
        self._failed = False
        self.log = Log(self._name)
        self.mode = ""
        """`historical` or `realtime`."""
        self.session = ""
        """Name of the session."""

    @property
    def config(self) -> Mapping[str, Any]:
        """What the operator gave with the component; empty before on_configure."""
        return {} if self._configuration is None else self._configuration.config

    @property
    def topics(self) -> Sequence[str]:
        """The short topics that follow from the declaration; empty before on_configure."""
        return () if self._configuration is None else self._configuration.topics

    @property
    def replaying(self) -> bool:
        """Rows are handed over that an earlier process of this component was given in this run; then on_caught_up."""
        return self._engine is not None and self._engine.replaying

    def resume_from(self, run: int, seq: int) -> None:
        """
        In the first on_configure: the stream is to begin with row `seq` of run `run`, because the component has stored
        what it made of the rows before, with `batch.run` and `batch.next_seq` in the same step. Each row then counts
        exactly once over all crashes. If another run is going on, it begins with that one's first row.
        """
        if self._recovery == "replay":
            raise AegisError('resume_from cannot be used with recovery="replay", which begins with the first row')
        self._begin = {"from": seq, "run": run}

    def waiting(self, message: str = "") -> None:
        """Reports WAITING: alive, but not at work. The message is for the operator."""
        self._opened().control.set_state("WAITING", message)

    def running(self, message: str = "") -> None:
        """Reports RUNNING again."""
        self._opened().control.set_state("RUNNING", message)

    def error(self, code: str, message: str, recoverable: bool = True) -> None:
        """
        Reports an error to the session. One that is not recoverable ends the component: Aegis answers it with SHUTDOWN,
        and `run` then exits with code 1.
        """
        if not recoverable:
            self._failed = True
        self.log.error(message, code=code, recoverable=recoverable)
        self._opened().control.error(code, message, recoverable)

    def stop(self) -> None:
        """Leaves the session: on_stop is called, and the session forgets the component's topics."""
        self._opened().leave()

    def stream_hash(self) -> str:
        """Of all rows that were handed over since the start or the last REBORN, as Aegis reports it for a run."""
        if not self._hash_wanted:
            raise AegisError("the stream hash was not asked for: give the component stream_hash=True")
        return self._opened().stream_hash()

    def _open(self, *, reconfigurable: bool, format: Format = "ndjson") -> Engine:
        """
        Registers; a second call changes nothing. reconfigurable: the component has on_reconfigure. Raises
        OutsideAegisError, and AegisError when rows cannot come in the format.
        """
        if self._engine is None:
            self._check(format)
            self._reconfigurable = reconfigurable
            settings = Settings.from_environment(self._name)
            self.log = Log(settings.name)
            self.mode = settings.mode
            self.session = settings.session
            self._engine = Engine(
                settings=settings,
                version=self._version,
                needs=Needs(*self._declared, reconfigurable),
                log=self.log,
                hash_stream=self._hash_wanted,
                format=format,
            )
            self._engine.control.start()
        if self._engine.format != format:
            raise AegisError(f"the rows of this component come in the format {self._engine.format}: choose one")
        return self._engine

    def _check(self, format: Format) -> None:
        if format not in ("ndjson", "arrow"):
            raise AegisError(f'format is "ndjson" or "arrow", not {format!r}')
        if format == "ndjson":
            return
        if self._hash_wanted:
            raise AegisError('stream_hash is the hash of JSON lines, and cannot be had with format="arrow"')
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise AegisError("format=\"arrow\" needs pyarrow: pip install 'aegis-sdk[arrow]'") from error

    @property
    def _changes(self) -> bool:
        """The next configuration is a change of one that is in use, for on_reconfigure."""
        return self._reconfigurable and self._configuration is not None

    def _take(self, asked: Asked) -> None:
        """on_configure or on_reconfigure has returned."""
        self._configuration = asked.configuration
        # Where a new process begins.
        self._opened().configured(asked, Position(self._recovery, self._begin))

    def _refuse(self, asked: Asked, error: Exception) -> None:
        """on_reconfigure has failed: the component goes on with the configuration that it has."""
        message = f"{type(error).__name__}: {error}"
        text = "".join(traceback.format_exception(error))
        self.log.error(message, code="CONFIGURE_FAILED", recoverable=True, traceback=text)
        self._opened().control.configured(asked, message)

    def _opened(self) -> Engine:
        if self._engine is None:
            raise AegisError("the component does not run yet: call run, rows or batches first")
        return self._engine

    def _exit(self, error: BaseException | None) -> NoReturn:
        """Ends the program: 0 after SHUTDOWN, 1 after a failure, which Aegis and the log are told."""
        if error is None:
            sys.exit(1 if self._failed else 0)
        if isinstance(error, AegisError):
            self.log.error(str(error))
        else:
            self._report(error)
        if self._engine is not None:
            self._engine.close()
        sys.exit(1)

    def _report(self, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error))
        message = f"{type(error).__name__}: {error}"
        self.log.error(message, code="COMPONENT_FAILED", recoverable=False, traceback=text)
        if self._engine is None:
            return
        # Before it has answered CONFIGURE, this error is the answer.
        code = "COMPONENT_FAILED" if self._configuration is not None else "CONFIGURE_FAILED"
        self._engine.control.error(code, message, recoverable=False)


def has_hook(component: ComponentBase, base: type[ComponentBase], hook: str) -> bool:
    """The class of the component overrides what `base` has, or the object was given a function of its own."""
    own = getattr(component, hook)
    return getattr(own, "__func__", own) is not getattr(base, hook)

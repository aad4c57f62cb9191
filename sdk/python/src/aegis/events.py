"""What the control connection tells the component."""

from __future__ import annotations

from dataclasses import dataclass

from .arrow_batch import ArrowBatch
from .batch import Batch
from .configuring import Asked
from .errors import RefusedError


@dataclass(frozen=True)
class Configured:
    """Aegis waits until the component has taken or refused this configuration."""

    asked: Asked


@dataclass(frozen=True)
class Running:
    """Aegis has accepted RUNNING, for the first time or after a reconnect."""


@dataclass(frozen=True)
class Reborn:
    """A new run begins; Aegis waits for the ACK of `message_id`."""

    message_id: str


@dataclass(frozen=True)
class Shutdown:
    """The end; Aegis waits for the ACK of `message_id`."""

    message_id: str


@dataclass(frozen=True)
class Refused:
    """The registration was refused for good."""

    error: RefusedError


@dataclass(frozen=True)
class Leave:
    """The component has called `stop`."""


ControlEvent = Configured | Running | Reborn | Shutdown | Refused | Leave


@dataclass(frozen=True)
class Rows:
    """Rows that arrived together."""

    batch: Batch | ArrowBatch


@dataclass(frozen=True)
class CaughtUp:
    """The last row that an earlier process was given has come again, and was handled."""


ComponentEvent = Configured | Running | Rows | CaughtUp | Reborn | Shutdown | Leave

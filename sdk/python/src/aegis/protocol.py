"""Messages of the control socket. Pure: neither sockets nor threads. See docs/component-protocol.md of Aegis."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .settings import Settings

MAX_TEXT = 8_000
"""Characters of a text in a message; a line of Aegis may have 64 KiB."""


def new_id() -> str:
    return uuid.uuid4().hex


def clip(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


@dataclass(frozen=True)
class Needs:
    """What a component declares. The topics follow: each stream, for each symbol, for each timeframe or speed."""

    streams: Sequence[str] = ()
    symbols: Sequence[str] = ()
    timeframes: Sequence[str] = ()
    order_book_speeds: Sequence[str] = ()
    reconfigurable: bool = False
    """It takes a CONFIGURE while it runs."""


@dataclass(frozen=True)
class Message:
    """A message of Aegis."""

    id: str
    answers: str | None
    command: str
    payload: Mapping[str, Any]

    @staticmethod
    def parse(line: bytes) -> Message:
        fields = json.loads(line)
        return Message(fields["message_id"], fields["correlation_id"], fields["command"], fields["payload"])


@dataclass(frozen=True)
class Configuration:
    """What CONFIGURE gives."""

    data_socket: str
    topics: tuple[str, ...]
    config: Mapping[str, Any]

    @staticmethod
    def parse(payload: Mapping[str, Any]) -> Configuration:
        return Configuration(payload["data_stream_socket"], tuple(payload["topics"]), payload["config"])


class Envelopes:
    """Makes the lines that a component sends."""

    def __init__(self, name: str) -> None:
        self._source = f"component:{name}"

    def register(self, settings: Settings, component_id: str, version: str, needs: Needs) -> bytes:
        payload = {
            "session_token": settings.token,
            "component_id": component_id,
            "component_name": settings.name,
            "version": version,
            "capabilities": {
                "requires_streams": list(needs.streams),
                "supported_symbols": list(needs.symbols),
                "supported_timeframes": list(needs.timeframes),
                "supported_orderbook_speeds": list(needs.order_book_speeds),
                "reconfigurable": needs.reconfigurable,
            },
        }
        return self._line("LIFECYCLE", "REGISTER", payload)

    def state(self, state: str, message: str = "", message_id: str = "") -> bytes:
        payload = {"state": state, "message": clip(message)} if message else {"state": state}
        return self._line("LIFECYCLE", "STATE_UPDATE", payload, message_id=message_id)

    def ack(self, answers: str) -> bytes:
        return self._line("CONTROL", "ACK", {"status": "ok"}, answers)

    def pong(self, answers: str, state: str, uptime_seconds: int) -> bytes:
        payload = {"state": state, "uptime_seconds": uptime_seconds}
        return self._line("HEARTBEAT", "PONG", payload, answers)

    def error(self, code: str, message: str, recoverable: bool) -> bytes:
        payload = {"code": code, "message": clip(message), "recoverable": recoverable}
        return self._line("ERROR", "RUNTIME_ERROR", payload)

    def shutdown(self) -> bytes:
        return self._line("LIFECYCLE", "SHUTDOWN", {})

    def _line(
        self,
        kind: str,
        command: str,
        payload: Mapping[str, Any],
        answers: str | None = None,
        message_id: str = "",
    ) -> bytes:
        envelope = {
            "protocol_version": "0.1.0",
            "message_id": message_id or new_id(),
            "correlation_id": answers,
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "source": self._source,
            "target": "aegis",
            "type": kind,
            "command": command,
            "payload": payload,
        }
        return json.dumps(envelope, separators=(",", ":")).encode() + b"\n"

"""Structured log: one JSON object per line on standard error, which Aegis keeps as the component's log."""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime, timezone


class Log:
    """`log.info("order sent", price=64250.1)`: fields are added to the line. Callable from any thread."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._lock = threading.Lock()

    def debug(self, message: str, **fields: object) -> None:
        self._write("debug", message, fields)

    def info(self, message: str, **fields: object) -> None:
        self._write("info", message, fields)

    def warn(self, message: str, **fields: object) -> None:
        self._write("warn", message, fields)

    def error(self, message: str, **fields: object) -> None:
        self._write("error", message, fields)

    def _write(self, level: str, message: str, fields: dict[str, object]) -> None:
        time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": time, "level": level, "component": self._component, "message": message, **fields}
        text = json.dumps(line, default=str)
        with self._lock:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

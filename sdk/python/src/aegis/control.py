"""The control connection: a thread of its own, so that Aegis gets its answers however busy the component is."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from .backoff import Backoff
from .configuring import Answer, Asked, Configuring
from .errors import ConnectionLostError, RefusedError
from .events import Configured, ControlEvent, Reborn, Refused, Running, Shutdown
from .log import Log
from .protocol import Configuration, Envelopes, Message, Needs, new_id
from .settings import Settings

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 40.0
"""Longest silence of Aegis: it may hold an answer back for 14 s, and sends a PING every 5 s from RUNNING on."""
FAREWELL_SECONDS = 2.0


class Control:
    """Registers, keeps the component's state, answers PING, and reconnects with all of it until `close`."""

    def __init__(
        self,
        *,
        settings: Settings,
        version: str,
        needs: Needs,
        post: Callable[[ControlEvent], None],
        log: Log,
    ) -> None:
        self.component_id = settings.component_id
        self.session_id = ""
        self._settings = settings
        self._version = version
        self._needs = needs
        self._post = post
        self._log = log
        self._envelopes = Envelopes(settings.name)
        self._backoff = Backoff(0.5, 30.0)
        self._began = time.monotonic()
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._state = "RUNNING"
        self._running = False
        self._running_id = ""
        self._configuring = Configuring()
        self._unsent: deque[bytes] = deque()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="aegis-control", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def configured(self, asked: Asked, problem: str = "") -> None:
        """The component has taken it, also for all reconnects to come; or refuses it because of `problem`."""
        with self._lock:
            self._configure(self._configuring.answer(asked, problem))

    def acknowledge(self, message_id: str) -> None:
        self._send(self._envelopes.ack(message_id))

    def set_state(self, state: str, message: str) -> None:
        """Sent now when the component is running, and again after each reconnect. Repetitions are not sent."""
        with self._lock:
            if state == self._state and message == "":
                return
            self._state = state
            if self._running:
                self._send(self._envelopes.state(state, message))

    def error(self, code: str, message: str, recoverable: bool) -> None:
        """Sent now, or after the next reconnect."""
        line = self._envelopes.error(code, message, recoverable)
        with self._lock:
            if not self._send(line):
                self._unsent.append(line)

    def leave(self) -> None:
        """The component goes; the session forgets its topics."""
        self._send(self._envelopes.shutdown())

    def close(self) -> None:
        """Ends the connection for good, once Aegis has read what was sent."""
        self._closed.set()
        with self._lock:
            connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        self._thread.join(FAREWELL_SECONDS)

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                self._converse()
            except RefusedError as error:
                self._post(Refused(error))
                return
            except (OSError, ConnectionLostError, ValueError, KeyError, TypeError) as error:
                if not self._closed.is_set():
                    self._log.warn("control connection lost", reason=str(error) or repr(error))
            if self._closed.wait(self._backoff.next()):
                return

    def _converse(self) -> None:
        """One connection, from REGISTER to its end."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(self._settings.socket)
            connection.settimeout(SILENCE_SECONDS)
            with self._lock:
                self._socket = connection
            register = self._envelopes.register(self._settings, self.component_id, self._version, self._needs)
            try:
                self._send(register)
                with connection.makefile("rb") as lines:
                    self._registered(_next_message(lines))
                    while True:
                        self._on_message(_next_message(lines))
            finally:
                with self._lock:
                    self._socket = None
                    self._running = False
                    self._configuring.lost()

    def _registered(self, message: Message) -> None:
        payload = message.payload
        if message.command != "REGISTERED":
            raise RefusedError(str(payload.get("code", message.command)), str(payload.get("message", "")))
        self.component_id = payload["component_id"]
        self.session_id = payload["session_id"]
        self._send(self._envelopes.state("INITIALIZING"))
        self._send(self._envelopes.state("READY"))

    def _on_message(self, message: Message) -> None:
        if message.command == "PING":
            uptime = int(time.monotonic() - self._began)
            self._send(self._envelopes.pong(message.id, self._state, uptime))
        elif message.command == "CONFIGURE":
            self._on_configure(message)
        elif message.command == "ACK":
            if message.answers == self._running_id:
                self._on_running()
        elif message.command == "REBORN":
            self._post(Reborn(message.id))
        elif message.command == "SHUTDOWN":
            self._closed.set()
            self._post(Shutdown(message.id))
        elif message.command == "RUNTIME_ERROR":
            self._on_error(message)

    def _on_configure(self, message: Message) -> None:
        configuration = Configuration.parse(message.payload)
        with self._lock:
            self._configure(self._configuring.ask(Asked(message.id, configuration, self._running)))

    def _configure(self, step: Asked | Answer | None) -> None:
        if isinstance(step, Asked):
            self._post(Configured(step))
        elif step is not None:
            self._answer_configure(step)

    def _answer_configure(self, answer: Answer) -> None:
        if answer.problem == "":
            self._send(self._envelopes.ack(answer.asked.message_id))
        else:
            self._send(self._envelopes.error("CONFIGURE_FAILED", answer.problem, recoverable=True))
        if answer.asked.running:
            return
        self._running_id = new_id()
        self._send(self._envelopes.state("CONFIGURED"))
        self._send(self._envelopes.state("RUNNING", message_id=self._running_id))

    def _on_running(self) -> None:
        with self._lock:
            self._running = True
            self._running_id = ""
            self._backoff.reset()
            if self._state != "RUNNING":
                self._send(self._envelopes.state(self._state))
            while self._unsent:
                self._send(self._unsent.popleft())
            self._post(Running())

    def _on_error(self, message: Message) -> None:
        code, text = str(message.payload.get("code")), str(message.payload.get("message"))
        if message.payload.get("recoverable") is not True:
            raise ConnectionLostError(f"{code}: {text}")
        self._log.warn("Aegis reports an error", code=code, reason=text)

    def _send(self, line: bytes) -> bool:
        """False when there is no connection, or no more: the reader sees its end."""
        with self._lock:
            if self._socket is None:
                return False
            try:
                self._socket.sendall(line)
            except OSError:
                return False
            return True


def _next_message(lines: BinaryIO) -> Message:
    while (line := lines.readline()) != b"":
        # Lines without anything have no meaning.
        if not line.isspace():
            return Message.parse(line)
    raise ConnectionLostError("end of connection")

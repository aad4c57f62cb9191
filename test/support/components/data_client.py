"""Clients of the data socket, one behaviour per SDK generation. Rows go to the file of `--out`, complete lines only."""

import json
import os
import select
import socket
import time

from common import connect

QUIET_LIMIT = 60.0


class Rows:
    """Appends complete lines to a file; what is left of a line when its connection ends is forgotten."""

    def __init__(self, report, path):
        self.report = report
        # One system call for what is written together: a kill must not leave half a line.
        self.file = open(path, "ab", buffering=0) if path else None
        self.rest = b""
        self.bytes = 0
        self.of_connection = 0
        self.forget = False
        report.streams.append(self)

    def take(self, chunk):
        lines, newline, rest = (self.rest + chunk).rpartition(b"\n")
        self.rest = rest
        if not newline:
            return
        complete = lines + newline
        for line in complete.splitlines():
            row = json.loads(line)
            if not isinstance(row["ts"], int):
                raise ValueError("ts is not an integer")
        if self.file:
            self.file.write(complete)
        self.bytes += len(complete)
        self.of_connection += len(complete)
        self.report.add(rows=complete.count(b"\n"))

    def reconnected(self):
        self.rest = b""
        self.of_connection = 0
        if self.forget:
            self.bytes, self.forget = 0, False

    def reborn(self):
        """A connection that has brought rows is one of the run before, which is still being read."""
        if self.of_connection > 0:
            self.forget = True
        else:
            self.bytes = 0


def handshake(options, rows):
    """What opens the stream: the ids of REGISTERED, not those of the environment."""
    fields = {"component_id": options.component_id, "session_token": options.session_id}
    if options.tell_received:
        fields["received"] = rows.bytes
    return json.dumps(fields).encode() + b"\n"


def receive(connection, report, limit):
    """The next piece, b"" at the end of the connection, None after `limit` seconds or when the program ends."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        ready, _, _ = select.select([connection], [], [], 0.1)
        if ready:
            return connection.recv(65536)
        if report.stop.is_set():
            return None
    return None


def read_line(connection, report, limit):
    """The answer to the handshake, and what was read beyond it."""
    data = b""
    while b"\n" not in data:
        chunk = receive(connection, report, limit)
        if not chunk:
            raise ConnectionError("no answer to the handshake")
        data += chunk
    line, rest = data.split(b"\n", 1)
    return json.loads(line), rest


def attempt(options, report, rows, path, half_close, answer_limit):
    """One data connection, from its handshake to its end."""
    with connect(path) as connection:
        connection.sendall(handshake(options, rows))
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer, rest = read_line(connection, report, answer_limit)
        if answer["status"] != "ok":
            raise ConnectionError(answer["message"])
        report.add(dataConnections=1)
        rows.take(rest)
        while True:
            pace(options, report)
            if 0 < options.rows <= report.fields["rows"]:
                os._exit(0)
            chunk = receive(connection, report, QUIET_LIMIT)
            if not chunk:
                return
            rows.take(chunk)


def pace(options, report):
    """What makes a slow reader, or one that does not read at all."""
    time.sleep(options.rest)
    while options.stall and os.path.exists(options.stall) and not report.stop.is_set():
        time.sleep(0.02)


def stream_rows(options, report, path, out, half_close=False, answer_limit=3.0):
    """Connects again and again, as the Rust SDKs do."""
    rows = Rows(report, out)
    report.stop.wait(options.data_delay)
    while not report.stop.is_set():
        try:
            attempt(options, report, rows, path, half_close, answer_limit)
        except (OSError, ValueError) as error:
            report.set(dataError=repr(error))
        rows.reconnected()
        report.stop.wait(options.data_retry)


def stream_rows_once(options, report, path, out):
    """As the Go example: drops what it read with the answer, and ends its worker at the first error after it."""
    rows = Rows(report, out)
    while not report.stop.is_set():
        try:
            with connect(path) as connection:
                connection.sendall(handshake(options, rows))
                answer, _dropped = read_line(connection, report, 10.0)
                if answer["status"] != "ok":
                    raise ConnectionError(answer["message"])
                report.add(dataConnections=1)
                read_until_error(connection, report, rows)
                return
        except OSError as error:
            report.set(dataError=repr(error))
            report.stop.wait(options.data_retry)


def read_until_error(connection, report, rows):
    try:
        while True:
            chunk = receive(connection, report, float("inf"))
            if not chunk:
                return
            rows.take(chunk)
    except (OSError, ValueError) as error:
        report.set(dataError=repr(error))

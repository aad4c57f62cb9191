"""
Stores each row in one file and, however it died, begins after the last one in it: exactly once without acknowledgements.
It sleeps after each piece as long as the file PACE says, so that it is the one for which the clock waits.
"""

import json
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../support/components"))
from common import LineReader, Lost, ack, configured, connect, pong, register, registered, run, state  # noqa: E402
from data_client import read_line, receive  # noqa: E402


class Store:
    """Rows and their numbers in one step: a line is there whole or not at all."""

    def __init__(self, path):
        self.file = open(path, "a+b", buffering=0)
        self.file.seek(0)
        stored = self.file.read()
        whole = stored[: stored.rfind(b"\n") + 1]
        self.file.truncate(len(whole))
        self.next = whole.count(b"\n")
        self.rest = b""

    def take(self, chunk):
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        rows = [line for line in lines if not self.is_statement(line)]
        for row, line in enumerate(rows, self.next):
            if json.loads(line)["seq"] != row:
                raise ValueError(f"row {row} was due, not {line[:200]!r}")
        self.file.write(b"".join(line + b"\n" for line in rows))
        self.next += len(rows)

    def is_statement(self, line):
        """What Aegis says of the run comes before its first row."""
        if not line.startswith(b'{"status":'):
            return False
        if json.loads(line)["status"] != "ok":
            raise ConnectionError(line.decode())
        return True


def pace():
    try:
        with open(os.environ["PACE"]) as file:
            time.sleep(float(file.read() or 0))
    except FileNotFoundError:
        pass


def attempt(options, report, store, path):
    with connect(path) as connection:
        store.rest = b""
        claim = {"seq": True, "from": store.next, "run": 1}
        ids = {"component_id": options.component_id, "session_token": options.session_id}
        connection.sendall(json.dumps({**ids, **claim}).encode() + b"\n")
        answer, rest = read_line(connection, report, 3.0)
        if answer["status"] != "ok":
            raise ConnectionError(answer["message"])
        store.take(rest)
        while chunk := receive(connection, report, float("inf")):
            store.take(chunk)
            pace()


def stream(options, report, path):
    store = Store(options.out)
    while not report.stop.is_set():
        try:
            attempt(options, report, store, path)
        except OSError as error:
            print(f"data: {error!r}", file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
            os._exit(70)
        report.stop.wait(0.2)


def serve(options, report, connection):
    reader = LineReader(connection)
    connection.sendall(register(options))
    registered(options, report, reader.message(15))
    connection.sendall(state(options, "INITIALIZING"))
    reader.message(15)
    connection.sendall(state(options, "READY"))
    while True:
        message = reader.message(35)
        command = message["command"]
        if command == "CONFIGURE":
            path = configured(report, message)
            connection.sendall(ack(options, message) + state(options, "CONFIGURED") + state(options, "RUNNING"))
            if not report.workers:
                report.work(lambda: stream(options, report, path))
        elif command == "PING":
            connection.sendall(pong(options, message))
        elif command == "SHUTDOWN":
            connection.sendall(ack(options, message))
            return
        elif command == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


run("stored", serve)

"""What the component programs share: settings, envelopes, and the file that takes the rows. Standard library only."""

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time
import uuid
from datetime import datetime, timezone


def settings(style):
    """Everything comes from the environment, what the component declares also from arguments."""
    parser = argparse.ArgumentParser(description=style)
    parser.add_argument("--symbols", default=os.environ.get("SYMBOLS", ""))
    parser.add_argument("--streams", default=os.environ.get("STREAMS", ""))
    parser.add_argument("--timeframes", default=os.environ.get("TIMEFRAMES", ""))
    parser.add_argument("--speeds", default="", help="of order books")
    parser.add_argument("--name", default=os.environ.get("COMPONENT_NAME", style))
    parser.add_argument("--out", default=os.environ.get("OUT"), help="rows are appended here, complete lines only")
    parser.add_argument("--reconnect", type=float, default=3.0, help="seconds before the first control reconnect")
    parser.add_argument("--data-retry", type=float, default=1.0, help="seconds before a new data connection")
    parser.add_argument("--data-delay", type=float, default=0.0, help="seconds before the first data connection")
    parser.add_argument("--rest", type=float, default=0.0, help="seconds between two reads of rows: a slow reader")
    parser.add_argument("--stall", help="no rows are read while this file exists")
    parser.add_argument("--rows", type=int, default=0, help="end of one's own accord after so many rows")
    parser.add_argument("--tell-received", action="store_true", help="say at each handshake how much was received")
    parser.add_argument("--attempts", type=int, default=10, help="control connections for the life of the process")
    options = parser.parse_args()
    options.style = style
    options.socket = os.environ.get("AEGIS_SOCKET") or os.environ["AEGIS_COMPONENT_SOCKET"]
    options.token = os.environ["AEGIS_SESSION_TOKEN"]
    options.component_id = os.environ.get("AEGIS_COMPONENT_ID", "")
    return options


def names(text):
    return [part for part in text.split(",") if part]


def envelope(options, kind, command, payload, correlation=None):
    message = {
        "protocol_version": "0.1",
        "message_id": uuid.uuid4().hex,
        "correlation_id": correlation,
        "timestamp": datetime.now(timezone.utc).isoformat(),
        "source": "component:" + options.name,
        "target": "aegis",
        "type": kind,
        "command": command,
        "payload": payload,
    }
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def register(options):
    capabilities = {
        "supported_symbols": names(options.symbols),
        "supported_timeframes": names(options.timeframes),
        "supported_orderbook_speeds": names(options.speeds),
        "requires_streams": names(options.streams),
    }
    payload = {
        "session_token": options.token,
        "component_id": options.component_id,
        "component_name": options.name,
        "version": "0.1.0",
        "capabilities": capabilities,
    }
    return envelope(options, "LIFECYCLE", "REGISTER", payload)


def state(options, name):
    return envelope(options, "LIFECYCLE", "STATE_UPDATE", {"state": name})


def ack(options, message):
    return envelope(options, "CONTROL", "ACK", {"status": "ok"}, message["message_id"])


def pong(options, message):
    payload = {"state": "RUNNING", "uptime_seconds": int(time.monotonic())}
    return envelope(options, "HEARTBEAT", "PONG", payload, message["message_id"])


def shutdown(options):
    return envelope(options, "LIFECYCLE", "SHUTDOWN", {})


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    return connection


class Lost(Exception):
    """The control connection is of no use any more: connect again."""


class Refused(Exception):
    """Anything but REGISTERED came as the answer to REGISTER: final for every SDK."""


class LineReader:
    """Reads lines as Rust and Python do: what was read beyond a line is kept."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def message(self, timeout):
        self.connection.settimeout(timeout)
        while b"\n" not in self.buffer:
            try:
                chunk = self.connection.recv(65536)
            except (socket.timeout, ConnectionError) as error:
                raise Lost(repr(error)) from error
            if not chunk:
                raise Lost("end of connection")
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


class Report:
    """The summary that is printed as one JSON line when the program ends, however it ends."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.workers = []
        self.streams = []
        self.fields = {
            "style": options.style,
            "componentId": options.component_id,
            "sessionId": None,
            "connections": 0,
            "dataConnections": 0,
            "rows": 0,
            "commands": [],
            "topics": None,
            "config": None,
            "end": None,
        }

    def add(self, **counts):
        with self.lock:
            for name, count in counts.items():
                self.fields[name] += count

    def set(self, **values):
        with self.lock:
            self.fields.update(values)

    def heard(self, message):
        with self.lock:
            if message["command"] not in ("PING", "ACK"):
                self.fields["commands"].append(message["command"])

    def reborn(self):
        """What was received in the run before counts no longer."""
        for stream in self.streams:
            stream.reborn()

    def work(self, target):
        worker = threading.Thread(target=target, daemon=True)
        self.workers.append(worker)
        worker.start()

    def finish(self):
        self.stop.set()
        for worker in self.workers:
            worker.join(3)
        print(json.dumps(self.fields), flush=True)


def run(style, serve):
    """Serves control connections until the component has a reason to end; the exit code is that of the SDK."""
    options = settings(style)
    report = Report(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    code = 1
    try:
        delay = options.reconnect
        for _ in range(options.attempts):
            try:
                with connect(options.socket) as connection:
                    report.add(connections=1)
                    serve(options, report, connection)
                report.set(end="shutdown")
                code = 0
                return
            except (Lost, OSError) as error:
                print(f"lost: {error!r}", file=sys.stderr, flush=True)
            time.sleep(delay)
            delay = min(delay * 2, 60)
        report.set(end="attempts")
    except Refused as refusal:
        report.set(end="refused: " + str(refusal))
    except SystemExit as end:
        report.set(end="terminated")
        code = end.code
    finally:
        report.finish()
        os._exit(code)


def registered(options, report, message):
    report.heard(message)
    if message["command"] != "REGISTERED":
        raise Refused(json.dumps(message["payload"]))
    options.component_id = message["payload"]["component_id"]
    options.session_id = message["payload"]["session_id"]
    report.set(componentId=options.component_id, sessionId=options.session_id)


def configured(report, message):
    report.heard(message)
    payload = message["payload"]
    report.set(topics=payload["topics"], config=payload.get("config"))
    return payload["data_stream_socket"]

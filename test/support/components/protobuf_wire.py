"""The binary dialect by hand: frames, and the few messages of proto/aegis/component/v1/component.proto."""

import json
import socket
import struct
import time
import uuid

from common import Lost

MARK = 0xAE
STATES = (
    "UNSPECIFIED INIT REGISTERED INITIALIZING READY CONFIGURED RUNNING WAITING FINISHED ERROR SHUTDOWN".split()
)
# Number in `payload` -> command, as the JSON dialect calls it.
COMMANDS = {
    16: "REGISTER",
    17: "REGISTERED",
    18: "STATE_UPDATE",
    19: "ACK",
    20: "CONFIGURE",
    21: "PING",
    22: "PONG",
    23: "REBORN",
    24: "SHUTDOWN",
    25: "RUNTIME_ERROR",
}
NUMBERS = {command: number for number, command in COMMANDS.items()}


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    raw = value if isinstance(value, bytes) else value.encode()
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def read_varint(raw, at):
    value = shift = 0
    while True:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(raw):
    """(field, value) of a message: numbers as int, everything with a length as bytes."""
    at = 0
    while at < len(raw):
        tag, at = read_varint(raw, at)
        if tag & 7 == 0:
            value, at = read_varint(raw, at)
        elif tag & 7 == 2:
            length, at = read_varint(raw, at)
            value, at = raw[at : at + length], at + length
        else:
            raise Lost(f"wire type {tag & 7} is not in the schema")
        yield tag >> 3, value


def frame(options, command, payload=b"", correlation=""):
    envelope = (
        text(1, "0.1.0")
        + text(2, uuid.uuid4().hex)
        + (text(3, correlation) if correlation else b"")
        + number(4, int(time.time() * 1000))
        + text(5, "component:" + options.name)
        + text(6, "aegis")
        + text(NUMBERS[command], payload)
    )
    return struct.pack(">BI", MARK, len(envelope)) + envelope


def register(options, symbols, timeframes, streams):
    lists = ((1, symbols), (2, timeframes), (4, streams))
    capabilities = b"".join(text(field, item) for field, items in lists for item in items)
    payload = (
        text(1, options.token)
        + text(2, options.component_id)
        + text(3, options.name)
        + text(4, "0.1.0")
        + text(5, capabilities)
    )
    return frame(options, "REGISTER", payload)


def state(options, name):
    return frame(options, "STATE_UPDATE", number(1, STATES.index(name)))


def ack(options, message):
    return frame(options, "ACK", b"", message["message_id"])


def pong(options, message):
    payload = number(1, STATES.index("RUNNING")) + number(2, int(time.monotonic()))
    return frame(options, "PONG", payload, message["message_id"])


def read_payload(command, raw):
    """The payload as the JSON dialect would have it."""
    found = list(fields(raw))
    first = dict(found)
    if command == "REGISTERED":
        return {"component_id": first[1].decode(), "session_id": first[2].decode()}
    if command == "CONFIGURE":
        topics = [value.decode() for field, value in found if field == 2]
        return {"data_stream_socket": first[1].decode(), "topics": topics, "config": json.loads(first[3])}
    if command == "RUNTIME_ERROR":
        return {"code": first[1].decode(), "message": first[2].decode(), "recoverable": bool(first.get(3, 0))}
    return {}


class FrameReader:
    """Reads frames; what was read beyond one is kept."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def take(self, length):
        while len(self.buffer) < length:
            try:
                chunk = self.connection.recv(65536)
            except (socket.timeout, ConnectionError) as error:
                raise Lost(repr(error)) from error
            if not chunk:
                raise Lost("end of connection")
            self.buffer += chunk
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def message(self, timeout):
        self.connection.settimeout(timeout)
        mark, length = struct.unpack(">BI", self.take(5))
        if mark != MARK:
            raise Lost(f"a frame begins with {mark:#x}")
        message = {"correlation_id": None, "command": None, "payload": {}}
        for field, value in fields(self.take(length)):
            if field == 2:
                message["message_id"] = value.decode()
            elif field == 3:
                message["correlation_id"] = value.decode()
            elif field in COMMANDS:
                message["command"] = COMMANDS[field]
                message["payload"] = read_payload(COMMANDS[field], value)
        return message

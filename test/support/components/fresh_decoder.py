"""The Go SDK: a new decoder per message that drops what it read too much; ignores REBORN; returns after SHUTDOWN."""

import json
import socket

from common import Lost, ack, configured, pong, register, registered, run, shutdown, state
from data_client import stream_rows_once


def decode(connection, timeout):
    """One value, read as Go's json.Decoder does: into a buffer of 512 bytes that grows to twice its size and 512."""
    connection.settimeout(timeout)
    buffer, capacity = b"", 0
    while True:
        if capacity - len(buffer) < 512:
            capacity = 2 * capacity + 512
        try:
            chunk = connection.recv(capacity - len(buffer))
        except (socket.timeout, ConnectionError) as error:
            raise Lost(repr(error)) from error
        if not chunk:
            raise Lost("end of connection")
        buffer += chunk
        text = buffer.lstrip()
        if text and not text.startswith(b"{"):
            raise Lost("invalid character " + repr(text[:1]))
        try:
            value, _end = json.JSONDecoder().raw_decode(text.decode())
            return value
        except ValueError:
            continue


def step(options, report, connection, name):
    connection.sendall(state(options, name))
    report.heard(decode(connection, 15))


def serve(options, report, connection):
    connection.sendall(register(options))
    registered(options, report, decode(connection, 15))
    step(options, report, connection, "INITIALIZING")
    step(options, report, connection, "READY")
    message = decode(connection, 35)
    if message["command"] != "CONFIGURE":
        raise Lost("expected CONFIGURE, got " + message["command"])
    path = configured(report, message)
    connection.sendall(ack(options, message))
    step(options, report, connection, "CONFIGURED")
    step(options, report, connection, "RUNNING")
    if not report.workers:
        report.work(lambda: stream_rows_once(options, report, path, options.out))
    while True:
        message = decode(connection, 35)
        report.heard(message)
        command = message["command"]
        if command == "PING":
            connection.sendall(pong(options, message))
        elif command == "SHUTDOWN":
            connection.sendall(ack(options, message))
            connection.sendall(shutdown(options))
            raise Lost("shut down: it connects again")
        elif command == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


run("fresh_decoder", serve)

"""The newest Rust SDK: waits for the ACKs of INITIALIZING and READY, which must be ACKs; one data worker per process."""

from common import LineReader, Lost, ack, configured, pong, register, registered, run, state
from data_client import stream_rows


def acknowledged(report, reader):
    message = reader.message(15)
    report.heard(message)
    if message["command"] != "ACK":
        raise Lost("expected ACK, got " + message["command"])


def serve(options, report, connection):
    reader = LineReader(connection)
    connection.sendall(register(options))
    registered(options, report, reader.message(15))
    for name in ("INITIALIZING", "READY"):
        connection.sendall(state(options, name))
        acknowledged(report, reader)
    message = reader.message(35)
    if message["command"] != "CONFIGURE":
        raise Lost("expected CONFIGURE, got " + message["command"])
    path = configured(report, message)
    connection.sendall(ack(options, message))
    connection.sendall(state(options, "CONFIGURED"))
    connection.sendall(state(options, "RUNNING"))
    if not report.workers:
        report.work(lambda: stream_rows(options, report, path, options.out))
    while True:
        message = reader.message(25)
        report.heard(message)
        if message["command"] == "PING":
            connection.sendall(pong(options, message))
        elif message["command"] == "REBORN":
            report.reborn()
            connection.sendall(ack(options, message))
        elif message["command"] == "SHUTDOWN":
            connection.sendall(ack(options, message))
            return
        elif message["command"] == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


run("waits", serve)

"""The Rust SDK of 2026-03: waits for nothing, half-closes its data socket, opens another one after each reconnect."""

from common import LineReader, Lost, ack, configured, pong, register, registered, run, state
from data_client import stream_rows


def serve(options, report, connection):
    reader = LineReader(connection)
    connection.sendall(register(options))
    registered(options, report, reader.message(15))
    connection.sendall(state(options, "INITIALIZING") + state(options, "READY"))
    while True:
        message = reader.message(35)
        report.heard(message)
        command = message["command"]
        if command == "CONFIGURE":
            path = configured(report, message)
            connection.sendall(ack(options, message) + state(options, "CONFIGURED") + state(options, "RUNNING"))
            # Rows of further connections are the same rows: they go to files of their own.
            out = options.out and options.out + (f".{len(report.workers)}" if report.workers else "")
            report.work(lambda: stream_rows(options, report, path, out, half_close=True, answer_limit=10.0))
        elif command == "PING":
            connection.sendall(pong(options, message))
        elif command == "REBORN":
            report.reborn()
            connection.sendall(ack(options, message))
        elif command == "SHUTDOWN":
            connection.sendall(ack(options, message))
            return
        elif command == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


run("pipelined", serve)

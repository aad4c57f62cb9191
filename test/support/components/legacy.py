"""The first generation (Rust, C++, OCaml): waits for CONFIGURE without INITIALIZING and READY; no data client."""

from common import LineReader, Lost, ack, configured, pong, register, registered, run, shutdown, state

KNOWN = ("ACK", "CONFIGURE", "PING", "SHUTDOWN", "RUNTIME_ERROR", "REGISTERED")


def serve(options, report, connection):
    reader = LineReader(connection)
    connection.sendall(register(options))
    registered(options, report, reader.message(15))
    while True:
        message = reader.message(35)
        report.heard(message)
        command = message["command"]
        if command not in KNOWN:
            raise Lost("unknown command " + command)
        if command == "CONFIGURE":
            configured(report, message)
            connection.sendall(ack(options, message))
            connection.sendall(state(options, "CONFIGURED"))
            connection.sendall(state(options, "RUNNING"))
        elif command == "PING":
            connection.sendall(pong(options, message))
        elif command == "SHUTDOWN":
            connection.sendall(ack(options, message))
            connection.sendall(shutdown(options))
            return
        elif command == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


run("legacy", serve)

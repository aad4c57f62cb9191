"""A component that speaks the binary dialect on its control socket and waits for every ACK."""

from common import Lost, configured, names, registered, run
from data_client import stream_rows
from protobuf_wire import FrameReader, ack, pong, register, state


def step(options, report, connection, reader, name):
    connection.sendall(state(options, name))
    message = reader.message(15)
    report.heard(message)
    if message["command"] != "ACK":
        raise Lost("expected ACK, got " + message["command"])


def serve(options, report, connection):
    reader = FrameReader(connection)
    connection.sendall(register(options, names(options.symbols), names(options.timeframes), names(options.streams)))
    registered(options, report, reader.message(15))
    step(options, report, connection, reader, "INITIALIZING")
    step(options, report, connection, reader, "READY")
    message = reader.message(35)
    if message["command"] != "CONFIGURE":
        raise Lost("expected CONFIGURE, got " + message["command"])
    path = configured(report, message)
    connection.sendall(ack(options, message))
    step(options, report, connection, reader, "CONFIGURED")
    step(options, report, connection, reader, "RUNNING")
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
        elif message["command"] == "RUNTIME_ERROR" and not message["payload"]["recoverable"]:
            raise Lost(message["payload"]["message"])


run("binary", serve)

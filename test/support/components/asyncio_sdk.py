"""The Python SDK: waits for the ACK of INITIALIZING only, any line counts; no data client; returns after SHUTDOWN."""

import asyncio
import json
import os

from common import Lost, ack, configured, pong, register, registered, run, shutdown, state


async def message_of(reader, timeout):
    # The reader fails at lines of 65,536 bytes and more.
    line = await asyncio.wait_for(reader.readline(), timeout)
    if not line:
        raise Lost("end of connection")
    return json.loads(line)


async def converse(options, report, connection):
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    writer.write(register(options))
    registered(options, report, await message_of(reader, 15))
    writer.write(state(options, "INITIALIZING"))
    report.heard(await message_of(reader, 15))
    writer.write(state(options, "READY"))
    while True:
        message = await message_of(reader, 35)
        report.heard(message)
        command = message["command"]
        if command == "NACK":
            return
        if command == "CONFIGURE":
            configured(report, message)
            writer.write(ack(options, message))
            writer.write(state(options, "CONFIGURED"))
            writer.write(state(options, "RUNNING"))
        elif command == "PING":
            writer.write(pong(options, message))
        elif command == "SHUTDOWN":
            writer.write(ack(options, message))
            writer.write(shutdown(options))
            await writer.drain()
            raise Lost("shut down: it connects again")
        elif command == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


def serve(options, report, connection):
    connection.setblocking(False)
    try:
        asyncio.run(converse(options, report, connection))
    except asyncio.TimeoutError as error:
        raise Lost("silence") from error


# The SDK knows no other name of the variable and does not start without it.
os.environ["AEGIS_SOCKET"] = os.environ["AEGIS_COMPONENT_SOCKET"]
run("asyncio_sdk", serve)

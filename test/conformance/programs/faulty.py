"""Components that break one rule each. The name of a class is the name of its fault."""

import json
import os
import signal
import sys
import time

from component import Component, Numbered, Reconfigurable, main


class NeverConnects(Component):
    def run(self):
        time.sleep(60)


class ExitsAtOnce(Component):
    def run(self):
        print("no configuration file", file=sys.stderr)
        sys.exit(3)


class NeverRegisters(Component):
    def begin(self):
        pass


class Garbage(Component):
    def begin(self):
        self.control.sendall(b"hello, this is not JSON\n")


class NoMessageId(Component):
    def envelope(self, *parts):
        return {name: value for name, value in super().envelope(*parts).items() if name != "message_id"}


class UnknownState(Component):
    def state(self, name):
        super().state(name.lower())


class StateFirst(Component):
    def begin(self):
        self.state("INITIALIZING")


class WrongToken(Component):
    def begin(self):
        self.token = "guessed"
        super().begin()


class OwnId(Component):
    def begin(self):
        self.id = "mine"
        super().begin()


class UnknownTopic(Component):
    needs = {"requires_streams": ["orderBook"], "supported_symbols": ["BTCUSDT"]}


class IdsOfEnvironment(Component):
    def handshake(self):
        return {"component_id": os.environ.get("AEGIS_COMPONENT_ID", ""), "session_token": self.session}


class ReadyFirst(Component):
    def on_registered(self, message, payload):
        self.session = payload["session_id"]
        self.state("READY")
        self.state("INITIALIZING")


class NeverRunning(Component):
    def state(self, name):
        if name != "RUNNING":
            super().state(name)


class SlowToInitialize(Component):
    def on_registered(self, message, payload):
        self.id, self.session = payload["component_id"], payload["session_id"]


class Configured(Component):
    def on_ping(self, message, payload):
        super().on_ping(message, payload)
        self.send("CONFIG", "CONFIGURED", {})


class Flood(Component):
    def on_ping(self, message, payload):
        self.over = True
        pongs = [self.envelope("HEARTBEAT", "PONG", {"state": "RUNNING"}, message["message_id"]) for _ in range(2_000)]
        self.control.sendall(b"".join(json.dumps(pong).encode() + b"\n" for pong in pongs))


class SameMessageId(Component):
    def message_id(self):
        return "1"


class NoCorrelation(Component):
    def send(self, kind, command, payload, answers=None):
        super().send(kind, command, payload)


class NoAckOfConfigure(Component):
    def on_configure(self, message, payload):
        self.state("CONFIGURED")
        self.state("RUNNING")
        self.start_data(payload["data_stream_socket"])


class NoPong(Component):
    def on_ping(self, message, payload):
        pass


class Impatient(Component):
    def begin(self):
        super().begin()
        self.control.settimeout(1.2)

    def lines(self, connection):
        try:
            yield from super().lines(connection)
        except TimeoutError:
            sys.exit("no answer within a second")

    def on_configure(self, message, payload):
        self.control.settimeout(None)
        super().on_configure(message, payload)


class OneReadOneOrMoreMessages(Component):
    def lines(self, connection):
        while chunk := connection.recv(65_536):
            yield from chunk.splitlines()


class ForgetsReadAhead(Component):
    def lines(self, connection):
        pending = b""
        while chunk := connection.recv(65_536):
            line, newline, rest = (pending + chunk).partition(b"\n")
            pending = b"" if newline else line
            if newline:
                yield line


class StrictFields(Component):
    def heard(self, message):
        assert len(message) == 9, f"unknown field in {sorted(message)}"
        super().heard(message)


class ChokesOnEmptyLines(Component):
    def lines(self, connection):
        for line in super().lines(connection):
            json.loads(line)
            yield line


class IgnoresReconfigure(Reconfigurable):
    def reconfigure(self, message):
        pass


class DiesOfReconfigure(Reconfigurable):
    def reconfigure(self, message):
        sys.exit("a second CONFIGURE")


class RefusesForGood(Reconfigurable):
    def reconfigure(self, message):
        self.fail(recoverable=False)


class ConfiguredAgain(Reconfigurable):
    def reconfigure(self, message):
        self.ack(message)
        self.state("CONFIGURED")
        self.state("RUNNING")


class NewDataConnection(Reconfigurable):
    def reconfigure(self, message):
        self.ack(message)
        self.data.shutdown(2)


class DiesOfError(Component):
    def on_runtime_error(self, message, payload):
        sys.exit(payload["message"])


class GivesUp(Component):
    def converse(self):
        super().converse()
        self.over = True


class NewIdEachTime(Component):
    def begin(self):
        if self.session:
            self.id = "cmp-new"
        super().begin()


class DataFollowsControl(Component):
    def converse(self):
        super().converse()
        self.data.shutdown(2)


class EndsInSilence(Component):
    ping_limit = 4

    def lines(self, connection):
        try:
            yield from super().lines(connection)
        except TimeoutError:
            sys.exit("Aegis is gone")


class RegistersForEver(Component):
    def on_runtime_error(self, message, payload):
        raise OSError(payload["message"])


class StaysRefused(Component):
    def on_runtime_error(self, message, payload):
        time.sleep(60)


class NoAckOfShutdown(Component):
    def on_shutdown(self, message, payload):
        self.over = True


class StaysAfterShutdown(Component):
    def on_shutdown(self, message, payload):
        self.ack(message)


class ExitsWithOne(Component):
    def exit_code(self):
        return 1


class IgnoresSigterm(Component):
    def run(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        super().run()


class NoAckOfReborn(Component):
    def on_reborn(self, message, payload):
        self.got_rows, self.got_bytes = 0, 0


class NoData(Component):
    def start_data(self, path):
        pass


class TokenInHandshake(Component):
    def handshake(self):
        return {"component_id": self.id, "session_token": self.token}


class OneHandshake(Component):
    def stream(self, path):
        self.receive(path)


class OneReadOneRow(Component):
    def rows(self, connection):
        while chunk := connection.recv(65_536):
            if b"\n" in chunk[:-1]:
                os._exit(4)
            yield chunk


class OneReadWholeRows(Component):
    def rows(self, connection):
        while chunk := connection.recv(65_536):
            if not chunk.endswith(b"\n"):
                os._exit(4)
            yield from chunk.splitlines(keepends=True)


class StopsReading(Component):
    def row(self, line):
        super().row(line)
        if self.got_rows == 20:
            time.sleep(60)


class StrictRows(Component):
    def row(self, line):
        if len(json.loads(line)) != 4:
            os._exit(4)
        super().row(line)


class EndsWhenQuiet(Component):
    quiet_limit = 2.5


class CountsTornRows(Component):
    def rows(self, connection):
        for line in super().rows(connection):
            if not line.endswith(b"\n"):
                self.got_bytes += len(line)
            yield line


class CountsOverReborn(Component):
    def on_reborn(self, message, payload):
        self.ack(message)


class SkipsRow(Numbered):
    def handshake(self):
        asked = super().handshake()
        return {**asked, "from": asked["from"] + 1} if "from" in asked else asked


class AcknowledgesTooMuch(Numbered):
    def acknowledge(self):
        self.data.sendall(b'{"ack":%d}\n' % (self.got_rows + 100))


class WritesSomethingElse(Numbered):
    def accepted(self, answer):
        super().accepted(answer)
        self.data.sendall(b"thank you\n")


class AcknowledgesInThousands(Numbered):
    def acknowledge(self):
        if self.got_rows % 1_000 == 0:
            super().acknowledge()


main({name: fault for name, fault in globals().items() if isinstance(fault, type) and issubclass(fault, Component)})

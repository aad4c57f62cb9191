"""A component that keeps every rule, in plain Python. What is in methods is what the faulty ones do differently."""

import argparse
import json
import os
import socket
import threading
import time
import uuid


class Component:
    needs = {"requires_streams": ["trades", "klines"], "supported_symbols": ["BTCUSDT"], "supported_timeframes": ["1m"]}
    ping_limit = None
    quiet_limit = None

    def __init__(self):
        self.token = os.environ["AEGIS_SESSION_TOKEN"]
        self.id = os.environ.get("AEGIS_COMPONENT_ID", "")
        self.session = ""
        self.control = None
        self.worker = None
        self.data = None
        self.over = False
        self.got_rows, self.got_bytes = 0, 0

    def run(self):
        for delay in (0.3, 0.6, 1.2, 2.4, 5, 10):
            try:
                self.converse()
            except OSError:
                pass
            if self.over:
                break
            time.sleep(delay)
        os._exit(self.exit_code())

    def exit_code(self):
        return 0

    # The control connection

    def converse(self):
        with socket.socket(socket.AF_UNIX) as self.control:
            self.control.connect(os.environ["AEGIS_SOCKET"])
            self.control.settimeout(self.ping_limit)
            self.begin()
            for line in self.lines(self.control):
                if line.strip():
                    self.heard(json.loads(line))
                if self.over:
                    return

    def lines(self, connection):
        yield from connection.makefile("rb")

    def begin(self):
        payload = {"session_token": self.token, "component_id": self.id, "component_name": "test"}
        self.send("LIFECYCLE", "REGISTER", {**payload, "capabilities": self.needs})

    def heard(self, message):
        handler = getattr(self, "on_" + message["command"].lower(), None)
        if handler is not None:
            handler(message, message["payload"])

    def on_registered(self, _message, payload):
        self.id, self.session = payload["component_id"], payload["session_id"]
        self.state("INITIALIZING")
        self.state("READY")

    def on_configure(self, message, payload):
        self.ack(message)
        self.state("CONFIGURED")
        self.state("RUNNING")
        self.start_data(payload["data_stream_socket"])

    def on_ping(self, message, _payload):
        self.send("HEARTBEAT", "PONG", {"state": "RUNNING", "uptime_seconds": 1}, message["message_id"])

    def on_reborn(self, message, _payload):
        self.got_rows, self.got_bytes = 0, 0
        self.ack(message)

    def on_shutdown(self, message, _payload):
        self.ack(message)
        self.over = True

    def on_runtime_error(self, message, payload):
        if self.session == "":
            self.over = True
        elif not payload.get("recoverable"):
            raise OSError(payload["message"])

    def ack(self, message):
        self.send("CONTROL", "ACK", {"status": "ok"}, message["message_id"])

    def state(self, name):
        self.send("LIFECYCLE", "STATE_UPDATE", {"state": name})

    def message_id(self):
        return str(uuid.uuid4())

    def envelope(self, kind, command, payload, answers):
        head = {"protocol_version": "0.1.0", "message_id": self.message_id(), "correlation_id": answers}
        return {**head, "source": "test", "target": "aegis", "type": kind, "command": command, "payload": payload}

    def send(self, kind, command, payload, answers=None):
        self.control.sendall(json.dumps(self.envelope(kind, command, payload, answers)).encode() + b"\n")

    # The data connection

    def start_data(self, path):
        if self.worker is None:
            self.worker = threading.Thread(target=self.stream, args=[path], daemon=True)
            self.worker.start()

    def stream(self, path):
        while True:
            try:
                self.receive(path)
            except OSError:
                pass
            time.sleep(0.5)

    def handshake(self):
        return {"component_id": self.id, "session_token": self.session, "received": self.got_bytes}

    def receive(self, path):
        with socket.socket(socket.AF_UNIX) as self.data:
            self.data.connect(path)
            self.data.settimeout(self.quiet_limit)
            self.data.sendall(json.dumps(self.handshake()).encode() + b"\n")
            lines = self.rows(self.data)
            answer = json.loads(next(lines))
            if answer["status"] != "ok":
                return
            self.accepted(answer)
            for line in lines:
                if line.endswith(b"\n"):
                    self.row(line)

    def rows(self, connection):
        try:
            yield from connection.makefile("rb")
        except TimeoutError:
            os._exit(0)

    def accepted(self, answer):
        pass

    def row(self, line):
        json.loads(line)
        self.got_rows += 1
        self.got_bytes += len(line)


class Reconfigurable(Component):
    """Takes a CONFIGURE while it runs."""

    needs = {**Component.needs, "reconfigurable": True}
    configured = False

    def begin(self):
        self.configured = False
        super().begin()

    def on_configure(self, message, payload):
        if self.configured:
            self.reconfigure(message)
            return
        self.configured = True
        super().on_configure(message, payload)

    def reconfigure(self, message):
        self.ack(message)

    def fail(self, recoverable):
        payload = {"code": "CONFIGURE_FAILED", "message": "not this one", "recoverable": recoverable}
        self.send("ERROR", "RUNTIME_ERROR", payload)


class Refusing(Reconfigurable):
    def reconfigure(self, message):
        self.fail(recoverable=True)


class Numbered(Component):
    """Asks for numbers, acknowledges every row, and begins with the one after the last that it has."""

    run_number = None

    def handshake(self):
        ids = {"component_id": self.id, "session_token": self.session, "seq": True}
        return ids if self.run_number is None else {**ids, "from": self.got_rows, "run": self.run_number}

    def accepted(self, answer):
        self.run_number = answer["run"]
        self.got_rows = answer["from"]
        self.data.sendall(b'{"ack":0}\n')

    def row(self, line):
        assert json.loads(line)["seq"] == self.got_rows
        self.got_rows += 1
        self.acknowledge()

    def acknowledge(self):
        self.data.sendall(b'{"ack":%d}\n' % self.got_rows)

    def on_reborn(self, message, payload):
        self.run_number = None
        super().on_reborn(message, payload)


def main(programs):
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=programs)
    programs[parser.parse_args().program]().run()


if __name__ == "__main__":
    main({"plain": Component, "reconfigurable": Reconfigurable, "refusing": Refusing, "numbered": Numbered})

#!/usr/bin/env python3
"""An Aegis component against the protocol alone: counts candles and trades. Standard library only."""
import hashlib, json, os, socket, threading

NAME = os.environ.get("AEGIS_COMPONENT_NAME", "counter")
NEEDS = {"requires_streams": ["klines", "trades"], "supported_symbols": ["BTCUSDT", "ETHUSDT"], "supported_timeframes": ["1m"]}
digest, totals = hashlib.sha256(), {"component": NAME, "rows": 0, "volume": 0.0}

def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection, connection.makefile("rb")

def send(kind, command, payload, answers=None):
    message = {"protocol_version": "0.1.0", "message_id": os.urandom(8).hex(), "correlation_id": answers, "source": NAME,
               "target": "aegis", "type": kind, "command": command, "payload": payload}
    control.sendall(json.dumps(message).encode() + b"\n")

def stream(path):
    data, lines = connect(path)
    data.sendall(json.dumps({"component_id": me["component_id"], "session_token": me["session_id"]}).encode() + b"\n")
    lines.readline()  # {"status":"ok","topics":[…]}
    for line in lines:
        digest.update(line)
        row = json.loads(line)
        totals["rows"] += 1
        totals["volume"] += row["data"].get("volume", row["data"].get("qty", 0))

control, messages = connect(os.environ["AEGIS_SOCKET"])
send("LIFECYCLE", "REGISTER", {"session_token": os.environ["AEGIS_SESSION_TOKEN"], "component_name": NAME,
                               "component_id": os.environ.get("AEGIS_COMPONENT_ID", ""), "capabilities": NEEDS})
for message in map(json.loads, messages):
    answers, command = message["message_id"], message["command"]
    if command == "REGISTERED":
        me = message["payload"]
        for state in ("INITIALIZING", "READY"):
            send("LIFECYCLE", "STATE_UPDATE", {"state": state})
    elif command == "CONFIGURE":
        threading.Thread(target=stream, args=[message["payload"]["data_stream_socket"]], daemon=True).start()
        send("CONTROL", "ACK", {"status": "ok"}, answers)
        for state in ("CONFIGURED", "RUNNING"):
            send("LIFECYCLE", "STATE_UPDATE", {"state": state})
    elif command == "PING":
        send("HEARTBEAT", "PONG", {"state": "RUNNING"}, answers)
    elif command == "SHUTDOWN":
        send("CONTROL", "ACK", {"status": "ok"}, answers)
        print(json.dumps({**totals, "sha256": digest.hexdigest()}), flush=True)
        break

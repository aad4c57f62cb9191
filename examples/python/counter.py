#!/usr/bin/env python3
"""An Aegis component in plain Python, against the protocol alone: counts the rows of its stream and hashes them."""
import hashlib, json, os, socket, threading

NEEDS = {"requires_streams": ["klines", "trades"], "supported_symbols": ["BTCUSDT", "ETHUSDT"], "supported_timeframes": ["1m"]}
NAME, totals, digest = os.environ.get("AEGIS_COMPONENT_NAME", "counter"), {"rows": 0}, hashlib.sha256()

def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection, connection.makefile("rb")

def send(kind, command, payload, answers=None):
    envelope = {"protocol_version": "0.1.0", "message_id": os.urandom(16).hex(), "correlation_id": answers, "source": NAME, "target": "aegis"}
    control.sendall(json.dumps({**envelope, "type": kind, "command": command, "payload": payload}).encode() + b"\n")

def stream(path, me):
    data, rows = connect(path)
    data.sendall(json.dumps({"component_id": me["component_id"], "session_token": me["session_id"]}).encode() + b"\n")
    rows.readline()  # the answer: {"status":"ok","topics":[…]}
    for line in filter(lambda line: line.endswith(b"\n"), rows):  # a connection that is lost may cut its last line
        row = json.loads(line)  # {"session_id":…,"topic":…,"ts":…,"data":{…}}: this is where a strategy would think
        totals["rows"] += 1
        digest.update(line)

control, messages = connect(os.environ["AEGIS_SOCKET"])
register = {"session_token": os.environ["AEGIS_SESSION_TOKEN"], "component_id": os.environ.get("AEGIS_COMPONENT_ID", ""), "component_name": NAME}
send("LIFECYCLE", "REGISTER", {**register, "capabilities": NEEDS})
for message in map(json.loads, messages):
    command, payload, answers = message["command"], message["payload"], message["message_id"]
    if command == "REGISTERED":
        me = payload
    elif command == "CONFIGURE":
        threading.Thread(target=stream, args=[payload["data_stream_socket"], me], daemon=True).start()
    if command in ("CONFIGURE", "REBORN", "SHUTDOWN"):
        send("CONTROL", "ACK", {"status": "ok"}, answers)
    for state in {"REGISTERED": ["INITIALIZING", "READY"], "CONFIGURE": ["CONFIGURED", "RUNNING"]}.get(command, []):
        send("LIFECYCLE", "STATE_UPDATE", {"state": state})
    if command == "PING":
        send("HEARTBEAT", "PONG", {"state": "RUNNING"}, answers)
    elif command == "SHUTDOWN":
        break
print(json.dumps({**totals, "sha256": digest.hexdigest()}), flush=True)

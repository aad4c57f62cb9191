"""Rebuilds its state by a replay of its own input, against the protocol alone: `seq`, `from: "start"`, acknowledgements."""

import hashlib
import json
import os
import queue
import threading
import time

from common import LineReader, ack, connect, pong, register, settings, state

options = settings("rebuild")
tell_lock = threading.Lock()
# Of the present run. This and the handshake are what `recovery="replay"` of the SDKs does.
memory = {}


def tell(**fields):
    with tell_lock:
        print(json.dumps(fields), flush=True)


def forget():
    memory.update(lines=hashlib.sha256(), count=0, running=0, run=None, given=0, caught_up=True)


def heed(statement):
    """Where Aegis says that the connection begins; rows below `given` are a replay."""
    if "run" in statement and memory["run"] is None:
        memory.update(run=statement["run"], given=statement["given"])
        memory["caught_up"] = statement["given"] <= statement.get("from", 0)


def take(line):
    row = json.loads(line)
    if "status" in row:
        return heed(row)
    if row["seq"] < memory["count"]:
        return None
    if row["seq"] > memory["count"]:
        raise SystemExit(f"row {memory['count']} was to come: {line[:200]}")
    memory["lines"].update(line)
    memory["count"] += 1
    memory["running"] = (memory["running"] * 31 + row["ts"] + row["seq"]) % 1_000_000_007
    return None


def report(before):
    tell(rows=memory["count"], run=memory["run"], replayed=before < memory["given"])
    if not memory["caught_up"] and memory["count"] >= memory["given"]:
        memory["caught_up"] = True
        tell(caughtUp=memory["count"])
    if memory["count"] == options.rows:
        while options.stall and os.path.exists(options.stall):
            time.sleep(0.01)
        digest = memory["lines"].hexdigest()
        tell(run=memory["run"], state=f"{digest} {memory['count']} {memory['running']}")


def read_rows(path, ids):
    """One data connection to its end."""
    data = connect(path)
    begin = {"from": memory["count"], "run": memory["run"]} if memory["count"] else {"from": "start"}
    data.sendall(json.dumps({**ids, "seq": True, **begin}).encode() + b'\n{"ack":0}\n')
    rest = b""
    while chunk := data.recv(65536):
        lines, newline, rest = (rest + chunk).rpartition(b"\n")
        before = memory["count"]
        for line in (lines + newline).splitlines(keepends=True):
            take(line)
        if memory["count"] > before:
            time.sleep(options.rest)
            report(before)
            data.sendall(b'{"ack":%d}\n' % memory["count"])


def stream(path, ids, rebirths):
    while True:
        try:
            read_rows(path, ids)
        except OSError:
            pass
        # REBORN follows the end of the connection: what belongs to the last run is complete.
        try:
            message = rebirths.get(timeout=0.5)
        except queue.Empty:
            continue
        forget()
        control.sendall(ack(options, message))


forget()
tell(pid=os.getpid())
control = connect(options.socket)
control.sendall(register(options))
reader = LineReader(control)
registered = reader.message(30)["payload"]
for each in ("INITIALIZING", "READY"):
    control.sendall(state(options, each))
rebirths = queue.Queue()
while True:
    message = reader.message(None)
    command = message["command"]
    if command == "CONFIGURE":
        for line in (ack(options, message), state(options, "CONFIGURED"), state(options, "RUNNING")):
            control.sendall(line)
        ids = {"component_id": registered["component_id"], "session_token": registered["session_id"]}
        path = message["payload"]["data_stream_socket"]
        threading.Thread(target=stream, args=[path, ids, rebirths], daemon=True).start()
    elif command == "PING":
        control.sendall(pong(options, message))
    elif command == "REBORN":
        rebirths.put(message)
    elif command == "SHUTDOWN":
        control.sendall(ack(options, message))
        break

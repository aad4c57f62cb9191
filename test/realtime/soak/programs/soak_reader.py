"""
Keeps 16 bytes of each row (topic, checksum, key) in the file of `--out`, the text of status rows beside it, and says at
once in a third file when a topic goes back or a book is wrong: hours of a fast market fit into some megabytes.
"""

import hashlib
import json
import os
import re
import struct
import sys
import traceback
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../support/components"))
from common import LineReader, Lost, ack, configured, pong, register, registered, run, state  # noqa: E402
from data_client import attempt  # noqa: E402

RECORD = struct.Struct("<IIQ")
KEYS = {
    b"trades": re.compile(rb'"id":(\d+)'),
    b"aggTrades": re.compile(rb'"agg_trade_id":(\d+)'),
    b"klines": re.compile(rb'"open_time":(\d+)'),
    b"orderBook": re.compile(rb'"last_update_id":(\d+)'),
}
PIECE = 1 << 20
RETRY_S = 0.2


class Stream:
    """The stream hash of docs/stream.md, of rows as they come."""

    def __init__(self):
        self.chain = bytes(32)
        self.piece = b""

    def add(self, data):
        self.piece += data
        while len(self.piece) >= PIECE:
            self.chain = self.link(self.piece[:PIECE])
            self.piece = self.piece[PIECE:]

    def link(self, piece):
        return hashlib.sha256(self.chain + hashlib.sha256(piece).digest()).digest()

    @property
    def hash(self):
        return (self.link(self.piece) if self.piece else self.chain).hex()


class CompactRows:
    """What `attempt` of data_client asks of a store of rows."""

    def __init__(self, options, report):
        self.report = report
        self.out = open(options.out, "ab", buffering=0)
        self.statuses = open(options.out + ".status", "ab", buffering=0)
        self.problems = open(options.out + ".problems", "ab", buffering=0)
        self.summary = options.out + ".summary"
        self.rest = b""
        self.bytes = 0
        self.rows = 0
        self.status_rows = 0
        self.stream = Stream()
        self.topics = {}
        for index, topic in enumerate(report.fields["topics"]):
            self.topics[topic.encode()] = (index, KEYS.get(topic.split(".")[0].encode()))
        self.last = [-1] * len(self.topics)

    def take(self, chunk):
        lines, newline, self.rest = (self.rest + chunk).rpartition(b"\n")
        if not newline:
            return
        complete = lines.split(b"\n")
        self.out.write(b"".join(map(self.record, complete)))
        self.stream.add(lines + newline)
        self.bytes += len(lines) + 1
        self.rows += len(complete)

    def record(self, line):
        # {"session_id":"<s>","topic":"aegis.<s>.<short>","ts":<n>,"data":{...}}
        begin = line.index(b'"topic":"aegis.') + 15
        begin = line.index(b".", begin) + 1
        end = line.index(b'"', begin)
        topic = line[begin:end]
        index, pattern = self.topics[topic]
        if pattern is None:
            self.statuses.write(line + b"\n")
            key = self.status_rows
            self.status_rows += 1
        else:
            key = int(pattern.search(line, end).group(1))
            if key <= self.last[index]:
                self.problem(f"{topic.decode()}: {key} came after {self.last[index]}")
            self.last[index] = key
            if topic.startswith(b"orderBook"):
                self.check_book(topic, line)
        return RECORD.pack(index, zlib.crc32(line[end + 2 : -1]), key)

    def check_book(self, topic, line):
        data = json.loads(line)["data"]
        bids = [level["price"] for level in data["bids"]]
        asks = [level["price"] for level in data["asks"]]
        sizes = [level["quantity"] for level in data["bids"] + data["asks"]]
        ladder = bids[::-1] + asks
        if not bids or not asks or any(a >= b for a, b in zip(ladder, ladder[1:])) or min(sizes) <= 0:
            self.problem(f"{topic.decode()}: a book that cannot be: {line.decode()[:400]}")

    def problem(self, text):
        self.problems.write(text.encode() + b"\n")

    def reconnected(self):
        self.rest = b""

    def reborn(self):
        self.problem("a second run began")

    def close(self):
        with open(self.summary + ".part", "w") as file:
            json.dump({"rows": self.rows, "bytes": self.bytes, "hash": self.stream.hash}, file)
        os.rename(self.summary + ".part", self.summary)


def stream(options, report, path):
    rows = CompactRows(options, report)
    report.streams.append(rows)
    while not report.stop.is_set():
        try:
            attempt(options, report, rows, path, False, 3.0)
        except OSError as error:
            report.set(dataError=repr(error))
        except Exception:
            traceback.print_exc()
            rows.problem(traceback.format_exc())
            os._exit(70)
        rows.reconnected()
        report.stop.wait(RETRY_S)
    rows.close()


def serve(options, report, connection):
    reader = LineReader(connection)
    connection.sendall(register(options))
    registered(options, report, reader.message(15))
    connection.sendall(state(options, "INITIALIZING"))
    reader.message(15)
    connection.sendall(state(options, "READY"))
    while True:
        message = reader.message(35)
        command = message["command"]
        if command == "CONFIGURE":
            path = configured(report, message)
            connection.sendall(ack(options, message) + state(options, "CONFIGURED") + state(options, "RUNNING"))
            if not report.workers:
                with open(options.out + ".topics", "w") as file:
                    json.dump(report.fields["topics"], file)
                report.work(lambda: stream(options, report, path))
        elif command == "PING":
            connection.sendall(pong(options, message))
        elif command == "SHUTDOWN":
            connection.sendall(ack(options, message))
            return
        elif command == "RUNTIME_ERROR" and not message["payload"].get("recoverable", False):
            raise Lost(message["payload"]["message"])


run("soak_reader", serve)

"""A component on the Python SDK in every style; what it gets goes to a file. The same as collect.ts."""

import argparse
import json
import sys
import time

from aegis import AsyncComponent, Component

parser = argparse.ArgumentParser()
parser.add_argument("--style", default="callback")
parser.add_argument("--out", required=True)
parser.add_argument("--symbols", default="")
parser.add_argument("--streams", default="")
parser.add_argument("--timeframes", default="")
parser.add_argument("--rest", type=float, default=0.0, help="seconds of work for each batch")
parser.add_argument("--block", type=float, default=0.0, help="seconds for which on_start keeps the thread busy")
parser.add_argument("--fail", default="", help="the hook that fails")
parser.add_argument("--recovery", default="resume")
options = parser.parse_args()


def names(text):
    return [part for part in text.split(",") if part]


declared = {
    "streams": names(options.streams),
    "symbols": names(options.symbols),
    "timeframes": names(options.timeframes),
    "recovery": options.recovery,
    "stream_hash": True,
}


class Collector:
    """What both styles of component do with what they get."""

    def prepare(self):
        self.file = open(options.out, "ab", buffering=0)
        self.seen = {"rows": 0, "config": None, "reborn": 0, "hashes": []}

    def take(self, batch):
        time.sleep(options.rest)
        self.file.write(batch.lines)
        self.seen["rows"] += len(batch)
        self.fail("rows")

    def take_row(self, row):
        fields = {"topic": row.topic.full, "ts": row.ts, "data": row.data}
        self.file.write(json.dumps(fields).encode() + b"\n")
        self.seen["rows"] += 1

    def end_run(self):
        self.seen["hashes"].append(self.stream_hash())

    def work(self):
        until = time.monotonic() + options.block
        while time.monotonic() < until:
            sum(range(1000))

    def fail(self, hook):
        if options.fail == hook:
            raise RuntimeError(f"{hook} has failed on purpose")

    def tell(self):
        print(json.dumps(self.seen), flush=True)


class Blocking(Collector, Component):
    def on_configure(self, config):
        self.prepare()
        self.seen["config"] = config
        self.fail("configure")

    def on_start(self):
        self.work()

    def on_rows(self, batch):
        self.take(batch)

    def on_reborn(self):
        self.seen["reborn"] += 1
        self.end_run()

    def on_stop(self):
        self.end_run()
        self.tell()


class BlockingRow(Blocking):
    on_rows = Component.on_rows

    def on_row(self, row):
        self.take_row(row)


class Async(Collector, AsyncComponent):
    async def on_configure(self, config):
        self.prepare()
        self.seen["config"] = config
        self.fail("configure")

    async def on_start(self):
        self.work()

    async def on_rows(self, batch):
        self.take(batch)

    async def on_reborn(self):
        self.seen["reborn"] += 1
        self.end_run()

    async def on_stop(self):
        self.end_run()
        self.tell()


class AsyncRow(Async):
    on_rows = AsyncComponent.on_rows

    async def on_row(self, row):
        self.take_row(row)


def iterate_rows():
    component = Blocking(**declared)

    def main():
        for row in component.rows():
            component.take_row(row)

    component.run(main)


def iterate_batches():
    component = Blocking(**declared)
    for batch in component.batches():
        component.take(batch)


def iterate_async_rows():
    component = Async(**declared)

    async def main():
        async for row in component.rows():
            component.take_row(row)

    component.run(main)


STYLES = {
    "callback": lambda: Blocking(**declared).run(),
    "callback-row": lambda: BlockingRow(**declared).run(),
    "rows": iterate_rows,
    "batches": iterate_batches,
    "async": lambda: Async(**declared).run(),
    "async-row": lambda: AsyncRow(**declared).run(),
    "async-rows": iterate_async_rows,
}
sys.exit(STYLES[options.style]())

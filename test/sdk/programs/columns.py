"""A component on the Python SDK that takes columns, in every style; what it gets goes to a file. The same as columns.ts."""

import argparse
import json
import time

from aegis import ArrowBatch, AsyncComponent, Component

parser = argparse.ArgumentParser()
parser.add_argument("--style", default="hook")
parser.add_argument("--out", required=True)
parser.add_argument("--symbols", default="")
parser.add_argument("--streams", default="")
parser.add_argument("--timeframes", default="")
parser.add_argument("--recovery", default="resume")
parser.add_argument("--rest", type=float, default=0.0, help="seconds of work for each batch")
options = parser.parse_args()
declared = {
    "streams": options.streams.split(","),
    "symbols": options.symbols.split(","),
    "timeframes": [each for each in options.timeframes.split(",") if each],
    "recovery": options.recovery,
}
file = open(options.out, "a", buffering=1)


def write(batch: ArrowBatch) -> None:
    assert len(batch) == len(batch["seq"]) and batch["seq"][0].as_py() == batch.seq
    columns = [batch[name].to_pylist() for name in ("seq", "topic", "quantity")]
    rows = [[*row, batch.run, batch.replayed] for row in zip(*columns, strict=True)]
    time.sleep(options.rest)
    file.write("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))


def note(what: str) -> None:
    file.write(json.dumps(what) + "\n")


class Columns(Component):
    def on_arrow(self, batch):
        write(batch)

    def on_caught_up(self):
        note("caught up")

    def on_reborn(self):
        note("reborn")


class AsyncColumns(AsyncComponent):
    async def on_arrow(self, batch):
        write(batch)

    async def on_caught_up(self):
        note("caught up")

    async def on_reborn(self):
        note("reborn")


def iterate():
    component = Columns(**declared)

    def main():
        for batch in component.batches(format="arrow"):
            write(batch)

    component.run(main)


STYLES = {
    "hook": lambda: Columns(**declared).run(),
    "iterate": iterate,
    "async": lambda: AsyncColumns(**declared).run(),
}
STYLES[options.style]()

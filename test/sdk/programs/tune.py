"""Takes configurations while it runs; what happens goes to a file, one line each. The same as tune.ts."""

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
parser.add_argument("--rest", type=float, default=0.0, help="seconds of work for each batch")
options = parser.parse_args()
declared = {"streams": options.streams.split(","), "symbols": options.symbols.split(",")}
file = open(options.out, "a", buffering=1)


def tell(what, **more):
    print(json.dumps({"what": what, **more}), file=file)


def configure(component, config):
    tell("configure", config=config, before=component.config)


def reconfigure(component, config):
    tell("reconfigure", config=config, before=component.config)
    time.sleep(config.get("seconds", 0))
    if config["size"] > 10:
        raise ValueError("size: at most 10")


def take(component, batch):
    # In two lines: what came between them would be seen.
    tell("begin", rows=len(batch))
    time.sleep(options.rest)
    tell("rows", rows=len(batch), seq=batch.seq, config=component.config)


class Deaf(Component):
    def on_configure(self, config):
        configure(self, config)

    def on_rows(self, batch):
        take(self, batch)


class Tuned(Deaf):
    def on_reconfigure(self, config):
        reconfigure(self, config)


class AsyncTuned(AsyncComponent):
    async def on_configure(self, config):
        configure(self, config)

    async def on_reconfigure(self, config):
        reconfigure(self, config)

    async def on_rows(self, batch):
        take(self, batch)


def iterate():
    component = Deaf(**declared)
    component.on_reconfigure = lambda config: reconfigure(component, config)

    def main():
        for batch in component.batches():
            take(component, batch)

    component.run(main)


STYLES = {
    "callback": lambda: Tuned(**declared).run(),
    "async": lambda: AsyncTuned(**declared).run(),
    "batches": iterate,
    "deaf": lambda: Deaf(**declared).run(),
}
sys.exit(STYLES[options.style]())

"""Keeps its state in memory alone, and rebuilds it by a replay of its own input. The same as rebuild.ts."""

import argparse
import hashlib
import json
import os
import time

from aegis import Component

parser = argparse.ArgumentParser()
parser.add_argument("--symbols", default="")
parser.add_argument("--streams", default="")
parser.add_argument("--rows", type=int, help="rows of a run")
parser.add_argument("--rest", type=float, default=0.0, help="seconds of work for each batch")
parser.add_argument("--stall", help="the last rows are not done while this file exists")
options = parser.parse_args()


def tell(**fields):
    print(json.dumps(fields), flush=True)


class Rebuild(Component):
    def on_configure(self, config):
        tell(pid=os.getpid())
        self.on_reborn()

    def on_reborn(self):
        self.lines, self.count, self.running = hashlib.sha256(), 0, 0

    def on_rows(self, batch):
        time.sleep(options.rest)
        self.lines.update(batch.lines)
        self.count += len(batch)
        for row in batch:
            self.running = (self.running * 31 + row.ts + row.seq) % 1_000_000_007
        tell(rows=self.count, run=batch.run, replayed=batch.replayed)
        if self.count == options.rows:
            while options.stall and os.path.exists(options.stall):
                time.sleep(0.01)
            tell(run=batch.run, state=f"{self.lines.hexdigest()} {self.count} {self.running}")

    def on_caught_up(self):
        tell(caughtUp=self.count)


Rebuild(streams=options.streams.split(","), symbols=options.symbols.split(","), recovery="replay").run()

"""Stores its output and its position in one step, and goes on from there: each row exactly once. The same as once.ts."""

import argparse
import json
import os
import time

from aegis import Component

parser = argparse.ArgumentParser()
parser.add_argument("--symbols", default="")
parser.add_argument("--streams", default="")
parser.add_argument("--out")
parser.add_argument("--rest", type=float, default=0.0, help="seconds of work for a thousand rows")
parser.add_argument("--forget", action="store_true", help="leaves the position to Aegis")
options = parser.parse_args()


def tell(**fields):
    print(json.dumps(fields), flush=True)


class Once(Component):
    def on_configure(self, config):
        self.file = open(options.out, "ab", buffering=0)
        tell(pid=os.getpid())
        if options.forget:
            # A write that was killed may have ended inside a line.
            with open(options.out, "rb") as file:
                self.file.truncate(file.read().rfind(b"\n") + 1)
            return
        if not os.path.exists(options.out + ".position"):
            self.file.truncate(0)
            return
        with open(options.out + ".position") as file:
            stored = json.load(file)
        # What a killed process has written and not counted.
        self.file.truncate(stored["size"])
        self.resume_from(stored["run"], stored["seq"])

    def on_rows(self, batch):
        time.sleep(options.rest * len(batch) / 1000)
        self.file.write(batch.lines)
        with open(options.out + ".next", "w") as file:
            json.dump({"run": batch.run, "seq": batch.next_seq, "size": self.file.tell()}, file)
        os.replace(options.out + ".next", options.out + ".position")
        tell(run=batch.run, rows=batch.next_seq, count=len(batch), replayed=batch.replayed)


Once(streams=options.streams.split(","), symbols=options.symbols.split(",")).run()

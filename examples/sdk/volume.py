"""Counts aggTrades and sums their quantity: row by row, from the parsed JSON of batches, or from columns."""

import argparse

from aegis import Component

parser = argparse.ArgumentParser()
parser.add_argument("--mode", choices=["count", "rows", "dicts", "arrow"], default="rows")
parser.add_argument("--symbols", default="BTCUSDT,ETHUSDT")
options = parser.parse_args()
component = Component(streams=["aggTrades"], symbols=options.symbols.split(","))


def counted() -> tuple[int, float]:
    return sum(len(batch) for batch in component.batches()), 0.0


def rows() -> tuple[int, float]:
    count, quantity = 0, 0.0
    for row in component.rows():
        count += 1
        quantity += row.data["quantity"]
    return count, quantity


def dicts() -> tuple[int, float]:
    count, quantity = 0, 0.0
    for batch in component.batches():
        count += len(batch)
        quantity += sum(row["data"]["quantity"] for row in batch.dicts())
    return count, quantity


def arrow() -> tuple[int, float]:
    import pyarrow.compute as pc

    count, quantity = 0, 0.0
    for batch in component.batches("arrow"):
        count += len(batch)
        quantity += pc.sum(batch["quantity"]).as_py()
    return count, quantity


def main() -> None:
    count, quantity = {"count": counted, "rows": rows, "dicts": dicts, "arrow": arrow}[options.mode]()
    component.log.info("done", rows=count, quantity=quantity)


component.run(main)

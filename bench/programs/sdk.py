"""
A component on the Python SDK that reads price and quantity of each row, and says their turnover in the end:
python3 sdk.py rows|dicts|arrow SYMBOLS ROWS
"""

import json
import os
import sys
import threading
import time

from aegis import Component

mode, symbols, expected = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])
component = Component(streams=["aggTrades"], symbols=symbols)


def end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def say(rows: int, turnover: float) -> None:
    done = {"event": "done", "at": time.monotonic_ns() / 1e6, "rows": rows, "sum": turnover}
    print(json.dumps(done, separators=(",", ":")), flush=True)


def each_row() -> None:
    count, turnover = 0, 0.0
    for row in component.rows():
        turnover += row.data["price"] * row.data["quantity"]
        count += 1
        if count == expected:
            say(count, turnover)


def dicts() -> None:
    count, turnover = 0, 0.0
    for batch in component.batches():
        turnover += sum(row["data"]["price"] * row["data"]["quantity"] for row in batch.dicts())
        count += len(batch)
        if count == expected:
            say(count, turnover)


def arrow() -> None:
    import pyarrow.compute as pc

    count, turnover = 0, 0.0
    for batch in component.batches("arrow"):
        turnover += pc.sum(pc.multiply(batch["price"], batch["quantity"])).as_py()
        count += len(batch)
        if count == expected:
            say(count, turnover)


threading.Thread(target=end_with_parent, daemon=True).start()
component.run({"rows": each_row, "dicts": dicts, "arrow": arrow}[mode])

"""
Reads every tape below a folder with pyarrow, polars and DuckDB: python3 read_tapes.py FOLDER
Prints how many there were, their rows, and where the three do not agree with each other or with the tape's own JSON.
"""

import json
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.dataset


def columns(table: pa.Table) -> dict[str, list]:
    return {name: table[name].to_pylist() for name in table.column_names}


def differences(path: Path) -> tuple[int, list[str]]:
    with pa.ipc.open_file(pa.OSFile(str(path))) as file:
        table = file.read_all()
    table.validate(full=True)
    expected = columns(table)
    found = []
    tape = pa.dataset.dataset(str(path), format="arrow")
    readers = {
        "polars": polars.read_ipc(path).to_dict(as_series=False),
        "DuckDB": columns(duckdb.sql("select * from tape").to_arrow_table()),
    }
    for reader, values in readers.items():
        found += [f"{reader}: {path.name}.{name}" for name in expected if values.get(name) != expected[name]]
    rows = [json.loads(text) for text in expected["json"]]
    for name in expected.keys() - {"time", "json"}:
        # The order time of a tape has the name that trades have in their JSON.
        key = "time" if name == "trade_time" else name
        if key in rows[0] and expected[name] != [row[key] for row in rows]:
            found.append(f"JSON: {path.name}.{name}")
    return table.num_rows, found


def main(folder: str) -> None:
    paths = sorted(Path(folder).rglob("*.arrow"))
    results = [differences(path) for path in paths]
    found = [text for _, texts in results for text in texts]
    print(json.dumps({"tapes": len(paths), "rows": sum(rows for rows, _ in results), "differences": found}))


if __name__ == "__main__":
    main(sys.argv[1])

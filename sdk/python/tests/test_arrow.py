import unittest
from collections.abc import Iterator
from typing import Any

from aegis.arrow_batch import ArrowBatch
from aegis.position import Position

try:
    import pyarrow as pa

    from aegis.arrow_input import ArrowInput
except ImportError:
    pa = None

STATEMENT = b'{"status":"ok","run":1,"from":0,"given":0}\n'


def record_batch(first: int, end: int) -> Any:
    names = ["aegis.s.trades.BTCUSDT", "aegis.s.trades.ETHUSDT"]
    topics = pa.array([number % 2 for number in range(first, end)], pa.int16())
    columns = {
        "seq": pa.array(range(first, end), pa.int64()),
        "ts": pa.array([1_767_225_600_000 + number for number in range(first, end)], pa.int64()),
        "topic": pa.DictionaryArray.from_arrays(topics, pa.array(names)),
        "price": pa.array([number / 10 for number in range(first, end)], pa.float64()),
        "is_buyer_maker": pa.array([None if number % 3 == 0 else True for number in range(first, end)], pa.bool_()),
    }
    return pa.RecordBatch.from_pydict(columns)


def stream_of(batches: list[Any]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@unittest.skipIf(pa is None, "pyarrow is not installed")
class ArrowTest(unittest.TestCase):
    def started(self, first: int, given: int) -> Position:
        position = Position("resume")
        position.state({"status": "ok", "run": 1, "from": first, "given": given})
        return position

    def test_record_batches_are_decoded_however_the_stream_is_cut(self) -> None:
        sent = [record_batch(0, 100), record_batch(100, 101), record_batch(101, 300)]
        data = STATEMENT + stream_of(sent)
        for size in (1, 7, 8, 100, 4_096, len(data)):
            lines: list[bytes] = []
            arrow = ArrowInput(lines.append)
            received = [batch for piece in pieces(data, size) for batch in arrow.take(piece)]
            self.assertEqual(lines, [STATEMENT])
            self.assertEqual(len(received), 3)
            for one, other in zip(received, sent, strict=True):
                one.validate(full=True)
                self.assertTrue(one.equals(other))

    def test_a_record_batch_is_there_with_its_last_byte(self) -> None:
        begin = stream_of([record_batch(0, 5)])[:-8]
        arrow = ArrowInput(lambda line: None)
        self.assertEqual(arrow.take(begin[:-1]), [])
        self.assertEqual(len(arrow.take(begin[-1:])), 1)

    def test_a_line_after_a_message_is_no_message(self) -> None:
        lines: list[bytes] = []
        arrow = ArrowInput(lines.append)
        wrong = b'{"status":"error","message":"no"}\n'
        self.assertEqual(len(arrow.take(stream_of([record_batch(0, 5)])[:-8] + wrong)), 1)
        self.assertEqual(lines, [wrong])

    def test_what_is_no_arrow_stream_is_not_taken(self) -> None:
        with self.assertRaises(ValueError):
            ArrowInput(lambda line: None).take(b"PK\x03\x04" * 4)

    def test_rows_that_are_there_are_dropped(self) -> None:
        position = self.started(0, 0)
        self.assertEqual(len(position.take_columns([record_batch(0, 5)])), 1)
        [batch] = position.take_columns([record_batch(2, 4), record_batch(4, 9)])
        self.assertEqual((batch.seq, batch.next_seq, len(batch)), (5, 9, 4))
        self.assertEqual(batch["seq"].to_pylist(), [5, 6, 7, 8])
        self.assertEqual(position.claim(), {"from": 9, "run": 1})

    def test_a_missing_row_is_not_passed_over(self) -> None:
        position = self.started(0, 0)
        position.take_columns([record_batch(0, 5)])
        with self.assertRaises(ConnectionError):
            position.take_columns([record_batch(6, 9)])

    def test_rows_that_come_again_are_apart_from_new_ones(self) -> None:
        position = self.started(10, 14)
        batches = position.take_columns([record_batch(10, 12), record_batch(12, 20)])
        self.assertEqual(
            [(each.seq, each.next_seq, each.replayed) for each in batches],
            [(10, 12, True), (12, 14, True), (14, 20, False)],
        )
        self.assertEqual({each.run for each in batches}, {1})

    def test_other_libraries_take_a_batch(self) -> None:
        batch = ArrowBatch(record_batch(3, 8), run=1)
        self.assertTrue(pa.record_batch(batch).equals(batch.record_batch))

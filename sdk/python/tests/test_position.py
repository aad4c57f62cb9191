import unittest

from aegis import StreamHash
from aegis.batch import Batch
from aegis.position import Position, has_numbers, without_numbers


def line(number: int, numbered: bool = True) -> bytes:
    seq = b',"seq":%d' % number if numbered else b""
    return b'{"session_id":"s","topic":"aegis.s.trades.BTCUSDT","ts":%d%s,"data":{"id":%d}}\n' % (number, seq, number)


def lines(first: int, end: int, numbered: bool = True) -> bytes:
    return b"".join(line(number, numbered) for number in range(first, end))


class PositionTest(unittest.TestCase):
    def started(self, first: int, given: int) -> Position:
        position = Position("resume")
        position.state({"status": "ok", "run": 1, "from": first, "given": given})
        return position

    def test_a_new_process_asks_for_what_its_recovery_says(self) -> None:
        self.assertEqual(Position("resume").claim(), {"from": "next"})
        self.assertEqual(Position("replay").claim(), {"from": "start"})
        self.assertEqual(Position("resume", {"from": 7, "run": 2}).claim(), {"from": 7, "run": 2})

    def test_a_process_that_has_rows_asks_for_the_next_one_of_the_run(self) -> None:
        position = self.started(0, 0)
        position.take(lines(0, 5))
        self.assertEqual(position.claim(), {"from": 5, "run": 1})

    def test_after_reborn_the_run_is_asked_for_from_its_start(self) -> None:
        position = self.started(0, 0)
        position.take(lines(0, 5))
        position.begin_run()
        self.assertEqual(position.claim(), {"from": "start"})
        self.assertTrue(position.state({"status": "ok", "run": 2, "from": 0, "given": 0}))

    def test_rows_that_are_there_are_dropped(self) -> None:
        position = self.started(0, 0)
        position.take(lines(0, 5))
        self.assertEqual(position.take(lines(2, 5)), [])
        (batch,) = position.take(lines(3, 8))
        self.assertEqual((batch.seq, batch.next_seq, batch.lines), (5, 8, lines(5, 8)))

    def test_a_missing_row_is_not_passed_over(self) -> None:
        with self.assertRaises(ConnectionError):
            self.started(0, 0).take(lines(1, 3))

    def test_a_batch_never_has_rows_of_both_sides_of_the_seam(self) -> None:
        position = self.started(10, 14)
        self.assertTrue(position.replaying)
        again, fresh = position.take(lines(10, 20))
        self.assertEqual((again.lines, again.replayed, len(again)), (lines(10, 14), True, 4))
        self.assertEqual((fresh.lines, fresh.replayed, fresh.seq), (lines(14, 20), False, 14))
        self.assertFalse(position.replaying)
        exact = self.started(10, 14).take(lines(10, 14))
        self.assertEqual([batch.replayed for batch in exact], [True])

    def test_numbers_are_seen_and_taken_out(self) -> None:
        self.assertTrue(has_numbers(lines(0, 2)))
        self.assertFalse(has_numbers(lines(0, 2, numbered=False)))
        for first, end in ((0, 8), (8, 12), (95, 1_005)):
            batch = Batch(lines(first, end), run=1, seq=first)
            self.assertEqual(without_numbers(batch), lines(first, end, numbered=False))

    def test_the_hash_of_the_stream_is_that_of_rows_without_numbers(self) -> None:
        one, other = StreamHash(), StreamHash()
        one.update(without_numbers(Batch(lines(0, 300), run=1, seq=0)))
        other.update(lines(0, 300, numbered=False))
        self.assertEqual(one.hexdigest(), other.hexdigest())

    def test_rows_have_their_numbers_in_a_loop_and_by_index(self) -> None:
        batch = Batch(lines(3, 2_000), run=1, seq=3)
        self.assertEqual([row.seq for row in batch], list(range(3, 2_000)))
        self.assertEqual(batch[-1].seq, 1_999)


if __name__ == "__main__":
    unittest.main()

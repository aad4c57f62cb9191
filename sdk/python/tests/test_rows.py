"""Rows, batches, the stream hash and the back-off, without Aegis."""

import hashlib
import unittest

from aegis import AsyncComponent, Batch, Component, KlineRow, Row, StreamHash, TradeRow
from aegis.backoff import Backoff
from aegis.errors import OutsideAegisError
from aegis.settings import Settings
from aegis.testing import line, play

TRADE = {"id": 1, "price": 64250.1, "qty": 0.5, "quote_qty": 32125.05, "time": 7, "is_buyer_maker": False}
KLINE = {"open_time": 0, "close_time": 59_999, "count": 1, "open": 1, "high": 2, "low": 0.5, "close": 1.5}


class RowsTest(unittest.TestCase):
    def test_rows_are_told_apart_by_type_and_class(self) -> None:
        batch = Batch(line("trades.BTCUSDT", 7, TRADE) + line("klines.ETHUSDT.1m", 8, KLINE))
        trade, kline = batch
        assert isinstance(trade, TradeRow)
        assert isinstance(kline, KlineRow)
        self.assertEqual((trade.type, trade.symbol, trade.ts, trade.data["price"]), ("trades", "BTCUSDT", 7, 64250.1))
        self.assertEqual((kline.type, kline.symbol, kline.timeframe), ("klines", "ETHUSDT", "1m"))

    def test_a_batch_knows_its_length_before_and_after_it_was_parsed(self) -> None:
        batch = Batch(line("trades.BTCUSDT", 7, TRADE) * 3)
        self.assertEqual(len(batch), 3)
        self.assertEqual(batch[2].ts, 7)
        self.assertEqual(len(batch), 3)

    def test_text_in_rows_is_utf8_and_may_hold_brackets_and_escapes(self) -> None:
        odd = {"symbol": 'ü"]},\n{[', "create_time": 1}
        (row,) = Batch(line("metrics.BTCUSDT", 1, odd))
        self.assertEqual(row.data, odd)


class StreamHashTest(unittest.TestCase):
    def test_is_a_chain_over_pieces_of_a_mebibyte_however_the_bytes_come(self) -> None:
        data = bytes(range(256)) * 10_000
        chain = bytes(32)
        for start in range(0, len(data), 1 << 20):
            piece = hashlib.sha256(data[start : start + (1 << 20)]).digest()
            chain = hashlib.sha256(chain + piece).digest()
        hashed = StreamHash()
        for start in range(0, len(data), 333_333):
            hashed.update(data[start : start + 333_333])
        self.assertEqual(hashed.hexdigest(), chain.hex())
        self.assertEqual(StreamHash().hexdigest(), "00" * 32)


class BackoffTest(unittest.TestCase):
    def test_doubles_up_to_its_limit_and_begins_anew_after_a_success(self) -> None:
        backoff = Backoff(0.5, 30.0)
        self.assertEqual([backoff.next() for _ in range(8)], [0.5, 1, 2, 4, 8, 16, 30, 30])
        backoff.reset()
        self.assertEqual(backoff.next(), 0.5)


class SettingsTest(unittest.TestCase):
    def test_name_the_variable_that_is_missing(self) -> None:
        with self.assertRaisesRegex(OutsideAegisError, "AEGIS_SOCKET is not set"):
            Settings.from_environment("one", {})
        with self.assertRaisesRegex(OutsideAegisError, "AEGIS_SESSION_TOKEN is not set"):
            Settings.from_environment("one", {"AEGIS_COMPONENT_SOCKET": "/s"})

    def test_do_not_show_the_token(self) -> None:
        settings = Settings.from_environment("one", {"AEGIS_SOCKET": "/s", "AEGIS_SESSION_TOKEN": "secret"})
        self.assertNotIn("secret", repr(settings))


class PlayTest(unittest.TestCase):
    def test_calls_the_hooks_in_order_in_both_styles(self) -> None:
        calls: list[str] = []

        class Blocking(Component):
            def on_configure(self, config: object) -> None:
                calls.append(f"configure {config}")

            def on_start(self) -> None:
                calls.append("start")

            def on_row(self, row: Row) -> None:
                calls.append(f"row {row.ts}")

            def on_stop(self) -> None:
                calls.append("stop")

        class Async(AsyncComponent):
            async def on_row(self, row: Row) -> None:
                calls.append(f"async row {row.ts}")

        lines = [line("trades.BTCUSDT", ts, TRADE) for ts in (1, 2, 3)]
        play(Blocking(), lines, config={"a": 1}, rows_per_batch=2)
        play(Async(), lines[:1])
        self.assertEqual(calls, ["configure {'a': 1}", "start", "row 1", "row 2", "row 3", "stop", "async row 1"])


if __name__ == "__main__":
    unittest.main()

"""Catalog, BacktestNode, a strategy that counts trade ticks and adds up their prices: python3 nautilus.py CATALOG SYMBOL..."""

import json
import sys
import time

from nautilus_trader.backtest.config import (
    BacktestDataConfig,
    BacktestEngineConfig,
    BacktestRunConfig,
    BacktestVenueConfig,
)
from nautilus_trader.backtest.node import BacktestNode
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy


class Counter(Strategy):
    def __init__(self, instruments: list[str]) -> None:
        super().__init__()
        self.instruments = instruments
        self.rows = 0

    def on_start(self) -> None:
        for instrument in self.instruments:
            self.subscribe_trade_ticks(InstrumentId.from_str(instrument))

    def on_trade_tick(self, tick: TradeTick) -> None:
        self.rows += 1


def say(**message: object) -> None:
    print(json.dumps(message, separators=(",", ":")), flush=True)


def main(catalog: str, symbols: list[str]) -> None:
    instruments = [f"{symbol}.BINANCE" for symbol in symbols]
    config = BacktestRunConfig(
        engine=BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False),
        venues=[
            BacktestVenueConfig(
                name="BINANCE", oms_type="NETTING", account_type="CASH", starting_balances=["1000000 USDT"]
            )
        ],
        data=[
            BacktestDataConfig(catalog_path=catalog, data_cls=TradeTick, instrument_id=InstrumentId.from_str(instrument))
            for instrument in instruments
        ],
    )
    say(event="ready")
    sys.stdin.readline()
    node = BacktestNode(configs=[config])
    node.build()
    counter = Counter(instruments)
    engine = node.get_engine(config.id)
    engine.add_strategy(counter)
    node.run()
    say(event="done", at=time.monotonic_ns() / 1e6, rows=counter.rows)
    sys.stdin.readline()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

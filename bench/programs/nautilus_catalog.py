"""Writes the first rows of tapes into a ParquetDataCatalog: python3 nautilus_catalog.py FOLDER ROWS TAPE..."""

import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from nautilus_trader.model.currencies import ADA, USDT, XRP
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.enums import AggressorSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TradeId
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.persistence.catalog import ParquetDataCatalog

PRICE_DIGITS = 3
NS_PER_US = 1_000
BASES = {"ADAUSDT": ADA, "XRPUSDT": XRP}


def instrument(symbol: str) -> CurrencyPair:
    return CurrencyPair(
        instrument_id=InstrumentId.from_str(f"{symbol}.BINANCE"),
        raw_symbol=Symbol(symbol),
        base_currency=BASES[symbol],
        quote_currency=USDT,
        price_precision=PRICE_DIGITS,
        size_precision=0,
        price_increment=Price(10**-PRICE_DIGITS, PRICE_DIGITS),
        size_increment=Quantity(1, 0),
        ts_event=0,
        ts_init=0,
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
    )


def main(folder: str, rows: int, tapes: list[str]) -> None:
    Path(folder).mkdir(parents=True)
    catalog = ParquetDataCatalog(folder)
    for path in tapes:
        table = pa.ipc.open_file(pa.OSFile(path)).read_all().slice(0, rows)
        symbol = table["symbol"][0].as_py()
        pair = instrument(symbol)
        catalog.write_data([pair])
        columns = (table[name].to_pylist() for name in ("time", "agg_trade_id", "price", "quantity", "is_buyer_maker"))
        ticks = [
            TradeTick(
                pair.id,
                Price(price, PRICE_DIGITS),
                Quantity(quantity, 0),
                AggressorSide.SELLER if maker else AggressorSide.BUYER,
                TradeId(str(trade)),
                time * NS_PER_US,
                time * NS_PER_US,
            )
            for time, trade, price, quantity, maker in zip(*columns, strict=True)
        ]
        catalog.write_data(ticks)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])

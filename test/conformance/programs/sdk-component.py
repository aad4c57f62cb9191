"""A component on the Python SDK."""

from aegis import Component


class Counter(Component):
    rows = 0

    def on_rows(self, batch):
        self.rows += len(batch)

    def on_reconfigure(self, config):
        self.log.info("configured", config=config)

    def on_reborn(self):
        self.rows = 0


Counter(streams=["trades", "klines"], symbols=["BTCUSDT"], timeframes=["1m"]).run()

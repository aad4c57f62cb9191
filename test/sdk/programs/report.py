"""Says everything that a component can say about itself. The same as report.ts."""

import sys

from aegis import Component, Row


class Reporter(Component):
    rows_seen = 0

    def on_start(self) -> None:
        self.waiting("no margin")
        self.error("FEED_STALLED", "no quotes for 30 s")

    def on_row(self, row: Row) -> None:
        self.rows_seen += 1
        if self.rows_seen == 1:
            self.running("margin is back")
        if self.rows_seen < 10:
            return
        if how == "stop":
            self.stop()
        elif how == "fatal":
            self.error("LIMIT_BREACHED", "drawdown of 20 %", recoverable=False)

    def on_stop(self) -> None:
        self.log.info("stopped", mode=self.mode, session=self.session, topics=self.topics)


how = sys.argv[1]
component = Reporter(streams=["trades"], symbols=["BTCUSDT"], version="1.2.3")


def first_row_only() -> None:
    for _ in component.rows():
        return


component.run(first_row_only if how == "return" else None)

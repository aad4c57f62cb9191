/** A component on the TypeScript SDK. */
import { type Batch, Component, type Config } from '../../../sdk/typescript/src/index.ts';

class Counter extends Component<'trades' | 'klines'> {
  #rows = 0;

  override onRows(batch: Batch<'trades' | 'klines'>) {
    this.#rows += batch.length;
  }

  override onReconfigure(config: Config) {
    this.log.info('configured', { config });
  }

  override onReborn() {
    this.#rows = 0;
  }
}

await new Counter({ streams: ['trades', 'klines'], symbols: ['BTCUSDT'], timeframes: ['1m'] }).run();

import { Component } from '../../../sdk/typescript/src/index.ts';

/** Says everything that a component can say about itself. The same as report.py. */
const how = process.argv[2];

class Reporter extends Component<'trades'> {
  #rowsSeen = 0;

  override onStart(): void {
    this.waiting('no margin');
    this.error('FEED_STALLED', 'no quotes for 30 s');
  }

  override onRow(): void {
    this.#rowsSeen += 1;
    if (this.#rowsSeen === 1) this.running('margin is back');
    if (this.#rowsSeen < 10) return;
    if (how === 'stop') this.stop();
    if (how === 'fatal') this.error('LIMIT_BREACHED', 'drawdown of 20 %', false);
  }

  override onStop(): void {
    this.log.info('stopped', { mode: this.mode, session: this.session, topics: this.topics });
  }
}

const component = new Reporter({ streams: ['trades'], symbols: ['BTCUSDT'], version: '1.2.3' });
const firstRowOnly = async (): Promise<void> => {
  for await (const _ of component.rows()) return;
};
await component.run(how === 'return' ? firstRowOnly : undefined);

import { writeSync } from 'node:fs';

const STANDARD_ERROR = 2;

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log: one JSON object per line on standard error, which Aegis keeps as the component's log.
 * `log.info('order sent', { price: 64250.1 })`: fields are added to the line.
 */
export class Log {
  readonly #component: string;

  constructor(component: string) {
    this.#component = component;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write('error', message, fields);
  }

  #write(level: string, message: string, fields: LogFields): void {
    const line = { time: new Date().toISOString(), level, component: this.#component, message, ...fields };
    try {
      // Synchronous: the last line before an exit must not be lost, and the control thread logs, too.
      writeSync(STANDARD_ERROR, `${JSON.stringify(line)}\n`);
    } catch {
      // A log that nobody takes must not end a component.
    }
  }
}

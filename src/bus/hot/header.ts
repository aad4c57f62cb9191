/** The lines of a NATS header: `NATS/1.0[ <status>[ <text>]]`, then `Name: value` each. */

const VERSION = 'NATS/1.0';

/** Renders `NATS/1.0` with one header. */
export function oneHeader(name: string, value: string | number): string {
  return `${VERSION}\r\n${name}: ${value}\r\n\r\n`;
}

/** Value of the first header of this name, in any case of letters; undefined when there is none. */
export function headerValue(header: Buffer, name: string): string | undefined {
  const text = header.toString('latin1');
  const label = `\r\n${name}:`;
  const exact = text.indexOf(label);
  const at = exact < 0 ? text.toLowerCase().indexOf(label.toLowerCase()) : exact;
  if (at < 0) return undefined;
  const start = at + label.length;
  return text.slice(start, text.indexOf('\r\n', start)).trim();
}

/** The status that a server's own message has, such as 503; undefined for the messages of others. */
export function statusOf(header: Buffer): number | undefined {
  const status = header.toString('latin1', VERSION.length, header.indexOf('\r\n')).trim();
  return /^\d{3}/.test(status) ? Number(status.slice(0, 3)) : undefined;
}

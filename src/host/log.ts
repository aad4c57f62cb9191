/** One line of aegisd's log. Never holds tokens or configuration. */
export type Log = (level: 'info' | 'warn' | 'error', text: string) => void;

/** Writes to standard output, which `aegisctl up` points at `aegisd.log`. */
export const logToStdout: Log = (level, text) => {
  process.stdout.write(`${new Date().toISOString()} ${level.padEnd(5)} ${text}\n`);
};

/** Aegis ends a program 2 s after SHUTDOWN with SIGTERM, and 3 s later with SIGKILL. */
export const SHUTDOWN_MS = 2_000;
export const SIGTERM_MS = 3_000;

/** From a PING to its PONG. Aegis takes a component for dead after 15 s of silence. */
export const PONG_MS = 5_000;

/** Aegis waits so long for the last acknowledgements of a run. */
export const LAST_ACK_MS = 5_000;

/** An operator who changes the configuration of a running component is told its answer after so long at the latest. */
export const RECONFIGURE_MS = 8_000;

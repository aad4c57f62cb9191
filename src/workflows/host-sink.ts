import { proxySinks, type Sinks } from '@temporalio/workflow';

/** What a workflow tells the aegisd that runs it, without a trace in its history. It may be lost: nothing depends on it. */
export interface HostSinks extends Sinks {
  readonly host: {
    /** Activities of the session are being cancelled. */
    cancelling(): void;
  };
}

const { host } = proxySinks<HostSinks>();

/** An activity learns that it is cancelled by its next heartbeat: this is for the host to send it soon. */
export function tellCancelling(): void {
  host.cancelling();
}

import type { Peer, PeerSetting } from '../peer/peer.ts';

/** One launch of the program, and what Aegis does to it. */
export interface Scenario {
  readonly id: string;
  /** For people. */
  readonly title: string;
  readonly setting: PeerSetting;
  /** It has nothing to do for a component that takes no rows. */
  readonly needsData: boolean;
  /** Plays Aegis; what the component does about it is in the transcript. */
  play(peer: Peer): Promise<void>;
}

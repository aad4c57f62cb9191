import type { ComponentResults } from '../../../model/wire/finish.ts';
import { resultOf } from '../component-result.ts';
import type { ComponentStream } from '../component-stream.ts';
import type { StreamGroup } from '../stream-group.ts';
import { Follower, type FollowerContext } from './follower.ts';

/**
 * So many rows of the merged stream are read again for the stream hash of a component, which has them. When there are more,
 * it gets its next rows without delay, and no hash.
 */
const REHASHED_ROWS = 100_000;

/**
 * The components of a realtime run and what they follow. Those with the same topics at the same place share a follower; one
 * that is elsewhere has its own, and shares again when it has come to where another one is.
 */
export class LiveMembers {
  readonly #context: FollowerContext;
  readonly #followers = new Set<Follower>();
  readonly #all = new Set<ComponentStream>();

  constructor(context: FollowerContext) {
    this.#context = context;
  }

  get followers(): ReadonlySet<Follower> {
    return this.#followers;
  }

  has(component: ComponentStream): boolean {
    return this.#all.has(component);
  }

  followerOf(component: ComponentStream): Follower | undefined {
    for (const follower of this.#followers) if (follower.members.has(component)) return follower;
    return undefined;
  }

  isPaced(group: StreamGroup): boolean {
    for (const follower of this.#followers) if (follower.group === group) return true;
    return false;
  }

  /** Takes part from now on, from where it is in its group's stream. */
  add(component: ComponentStream): void {
    this.#all.add(component);
    this.#begin(component);
  }

  /** It has a connection again, or one that begins elsewhere. `behind`: its group has forgotten what it needs. */
  returned(component: ComponentStream, behind: boolean): void {
    if (!this.#all.has(component)) return;
    const { group } = component;
    if (behind) this.#begin(component);
    else for (const follower of this.#followers) if (follower.group === group) follower.join(component);
  }

  /** Nothing is held for it any more; it keeps its place. */
  leave(component: ComponentStream): void {
    const follower = this.followerOf(component);
    if (follower === undefined) return;
    follower.members.delete(component);
    const place = follower.group.placeAt(component.taken);
    if (place !== undefined) {
      component.tookRows(place.rows);
      component.passed(place);
    }
    if (follower.members.size > 0) follower.release();
    else this.#drop(follower);
  }

  remove(component: ComponentStream): void {
    this.leave(component);
    this.#all.delete(component);
  }

  /** Goes on by itself, at its own pace, with what is held for it. */
  split(component: ComponentStream): void {
    const shared = this.followerOf(component);
    if (shared === undefined) return;
    const own = this.#follow(component, shared.group.fork());
    shared.members.delete(component);
    own.release();
    own.start();
    shared.release();
  }

  /** Lets followers that have come to the same place become one. */
  merge(): void {
    for (const one of this.#followers) this.#mergeInto(one);
  }

  close(): void {
    for (const follower of this.#followers) follower.close();
    this.#followers.clear();
    this.#all.clear();
  }

  results(): ComponentResults {
    const results: Record<string, ComponentResults[string]> = {};
    for (const component of this.#all) {
      if (component.group !== undefined) results[component.id] = resultOf(component, component.group);
    }
    return results;
  }

  *[Symbol.iterator](): Generator<ComponentStream> {
    yield* this.#all;
  }

  #begin(component: ComponentStream): void {
    const { group, point, near } = component;
    if (group === undefined) return;
    this.leave(component);
    const tooFar = near !== undefined && near.seq - point.seq > REHASHED_ROWS;
    const follower = this.#follow(component, group.restartedAt(tooFar ? near : point));
    if (!this.#mergeInto(follower)) follower.start();
  }

  #follow(component: ComponentStream, group: StreamGroup): Follower {
    component.regroup(group);
    const follower = new Follower(group, this.#context);
    follower.join(component);
    this.#followers.add(follower);
    return follower;
  }

  /** True when the members of `from` are those of another one now. */
  #mergeInto(from: Follower): boolean {
    // A slow one and those that have left it behind are at the same place until the log has answered.
    if (!from.hasRoom) return false;
    for (const to of this.#followers) {
      if (to === from || !to.hasRoom || (from.live && !to.live)) continue;
      if (![...from.members].every((member) => to.group.canTake(from.group, member.taken))) continue;
      for (const member of from.members) {
        member.regroup(to.group);
        to.join(member);
      }
      this.#drop(from);
      to.pump();
      return true;
    }
    return false;
  }

  #drop(follower: Follower): void {
    follower.close();
    this.#followers.delete(follower);
  }
}

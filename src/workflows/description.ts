import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { hasReached } from '../model/progress.ts';
import type { SearchAttributeName } from '../model/search-attributes.ts';
import type { Component, Session } from '../model/session.ts';
import { legalCommands } from '../model/session-state.ts';

/** What the Temporal UI shows of a session, in Markdown. */
export function describeSession(session: Session): string {
  const lines = [`**${session.paused ? `${session.state} (paused)` : session.state}**, run ${session.run}`];
  if (session.failure !== undefined) lines.push(`Reason: \`${session.failure.code}\` ${session.failure.message}`);
  if (session.outcome !== undefined) lines.push(`Outcome: ${session.outcome}`);
  // A list: the UI sets the cells of a table without space between them.
  if (session.components.length > 0) lines.push(session.components.map((c) => componentLine(session, c)).join('\n'));
  lines.push(
    `Legal now: ${legalCommands(session.state, session.spec.mode).join(', ') || 'nothing, the session has ended'}`,
  );
  return lines.join('\n\n');
}

function componentLine(session: Session, component: Component): string {
  const { name, connection, topics, restarts } = component;
  const rows = session.summary?.components[component.id]?.rows;
  const state = hasReached(component, 'REGISTERED') && connection === undefined ? 'disconnected' : component.state;
  const parts = [`${topics.length} topics`, ...(rows === undefined ? [] : [`${rows} rows`])];
  return `- **${name}** ${state}: ${[...parts, `${restarts} restarts`].join(', ')}`;
}

/** Keeps what the UI and `session list` show in step with the state; unchanged search attributes write no history. */
export class Publisher {
  #published = '';

  publish(session: Session): void {
    setCurrentDetails(describeSession(session));
    const attributes = searchAttributesOf(session);
    const text = JSON.stringify(attributes.map(({ value }) => value));
    if (text === this.#published) return;
    this.#published = text;
    upsertSearchAttributes(attributes);
  }
}

function searchAttributesOf({ state, spec, host, components }: Session): SearchAttributePair[] {
  return [
    keyword('AegisState', state),
    keyword('AegisMode', spec.mode),
    keyword('AegisMarket', spec.market),
    keyword('AegisHost', host),
    { key: defineSearchAttributeKey('AegisComponents' satisfies SearchAttributeName, 'INT'), value: components.length },
  ];
}

function keyword(name: SearchAttributeName, value: string): SearchAttributePair {
  return { key: defineSearchAttributeKey(name, 'KEYWORD'), value };
}

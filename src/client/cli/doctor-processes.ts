import type { HomeProcess } from '../../servers/home-processes.ts';
import type { Finding } from './finding.ts';

export interface ProcessFacts {
  /** AEGIS_HOME, absolute. */
  readonly home: string;
  /** Undefined where the system does not show them. */
  readonly processes: readonly HomeProcess[] | undefined;
  /** Of the running aegisd; undefined when none runs. */
  readonly aegisd: number | undefined;
  /** Of all sessions; undefined when not every session could be asked. */
  readonly componentIds: ReadonlySet<string> | undefined;
}

const ENGINE = /(orchestrator|gateway\/data)\/(main|spare)\.(ts|js)/;
/** Somebody may use the same programs as clients; servers have their files in the folder. */
const SERVER = /^\S*\b(temporal|nats-server) /;

/** Processes of this home that nobody watches over. */
export function processFindings({ home, processes, aegisd, componentIds }: ProcessFacts): Finding[] {
  const check = 'processes';
  if (processes === undefined) return [{ check, level: 'ok', text: 'this system does not show whose they are' }];
  const unwatched = processes.filter(({ command, ancestors }) => {
    const ours = ENGINE.test(command) || (SERVER.test(command) && command.includes(home));
    return ours && (aegisd === undefined || !ancestors.includes(aegisd));
  });
  const second = processes.filter(({ pid, command }) => command === 'aegisd' && aegisd !== undefined && pid !== aegisd);
  const components = processes.filter(({ componentId }) => componentId !== undefined);
  const findings = [
    ...[...unwatched, ...second].map((each) => orphan(each, 'is left over from an aegisd that is gone')),
    ...(aegisd === undefined ? waiting(components) : strays(components, componentIds)),
  ];
  return findings.length > 0
    ? findings
    : [{ check, level: 'ok', text: `${processes.length} of this folder, none left over` }];
}

/** Only the topmost process of a component is told: what it has started goes with it. */
function strays(components: readonly HomeProcess[], known: ReadonlySet<string> | undefined): Finding[] {
  if (known === undefined) return [];
  const strange = components.filter(({ componentId = '' }) => !known.has(componentId));
  const pids = new Set(strange.map(({ pid }) => pid));
  const topmost = strange.filter(({ ancestors }) => !ancestors.some((pid) => pids.has(pid)));
  return topmost.map((each) => orphan(each, `belongs to the component ${each.componentId}, which no session has`));
}

/** Components outlive aegisd on purpose. */
function waiting(components: readonly HomeProcess[]): Finding[] {
  if (components.length === 0) return [];
  const pids = components.map(({ pid }) => pid).join(' ');
  const text = `components run without aegisd: pid ${pids}`;
  const remedy = `\`aegisctl up\` takes them over; \`kill ${pids}\` ends them.`;
  return [{ check: 'processes', level: 'warning', text, remedy }];
}

function orphan({ pid, command }: HomeProcess, what: string): Finding {
  const text = `pid ${pid} (${command.slice(0, 60)}) ${what}`;
  return { check: 'processes', level: 'problem', text, remedy: `kill ${pid}` };
}

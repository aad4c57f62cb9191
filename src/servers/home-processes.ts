import { readdir, readFile } from 'node:fs/promises';

/** A process that was started for an AEGIS_HOME. */
export interface HomeProcess {
  readonly pid: number;
  /** Processes that started it, nearest first. */
  readonly ancestors: readonly number[];
  /** Program and arguments, with a blank between them. */
  readonly command: string;
  /** Of the component that it is, or that started it. */
  readonly componentId?: string;
}

export interface HomeProcessesOptions {
  /** AEGIS_HOME, absolute. */
  readonly home: string;
  readonly controlSocket: string;
}

/**
 * The processes that carry a home, or its control socket, in their environment: also shells and programs in which
 * somebody has set AEGIS_HOME. Undefined where the system does not show environments (macOS).
 */
export async function homeProcesses(options: HomeProcessesOptions): Promise<HomeProcess[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = new Map<number, number>();
  const found: { readonly pid: number; readonly command: string; readonly componentId: string | undefined }[] = [];
  for (const name of pids) {
    const pid = Number(name);
    const stat = await readText(`/proc/${name}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (parent === undefined || state === 'Z') continue;
    parents.set(pid, Number(parent));
    const variables = (await readText(`/proc/${name}/environ`)).split('\0');
    const ofComponent = variables.includes(`AEGIS_SOCKET=${options.controlSocket}`);
    if (!ofComponent && !variables.includes(`AEGIS_HOME=${options.home}`)) continue;
    const command = (await readText(`/proc/${name}/cmdline`)).replaceAll('\0', ' ').trim();
    const componentId = ofComponent ? valueOfVariable(variables, 'AEGIS_COMPONENT_ID') : undefined;
    found.push({ pid, command, componentId });
  }
  return found.map(({ pid, command, componentId }) => {
    return {
      pid,
      command,
      ancestors: ancestorsOf(pid, parents),
      ...(componentId === undefined ? {} : { componentId }),
    };
  });
}

function valueOfVariable(variables: readonly string[], name: string): string | undefined {
  return variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

function ancestorsOf(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const ancestors: number[] = [];
  for (let at = parents.get(pid); at !== undefined && at > 0 && !ancestors.includes(at); at = parents.get(at)) {
    ancestors.push(at);
  }
  return ancestors;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

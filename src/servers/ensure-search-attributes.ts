import type { Connection } from '@temporalio/client';
import { AegisError, messageOf } from '../model/errors.ts';
import { SEARCH_ATTRIBUTES } from '../model/search-attributes.ts';

/** Numbers of Temporal's enum IndexedValueType; the client package does not export it. */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3 } as const;

/**
 * Registers the search attributes of Aegis that the namespace lacks. The embedded Temporal has them from its start;
 * an external one gets them here, if the credentials may.
 * @returns the names that were registered
 * @throws AegisError SERVER_SETUP when they may not, or when one of the names is taken with another type
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const where = `namespace ${namespace}`;
  const present = await listCustom(connection, namespace);
  const entries = Object.entries(SEARCH_ATTRIBUTES);
  const clash = entries.find(([name, type]) => name in present && present[name] !== INDEXED_VALUE_TYPE[type]);
  if (clash !== undefined) {
    throw new AegisError('SERVER_SETUP', `the search attribute ${clash[0]} exists, but is not of type ${clash[1]}`, {
      where,
      remedy: 'Use another namespace, or remove the attribute there.',
    });
  }
  const missing = entries.filter(([name]) => !(name in present));
  if (missing.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]])),
    });
  } catch (error) {
    const names = missing.map(([name]) => name).join(', ');
    throw new AegisError('SERVER_SETUP', `search attributes are missing (${names}): ${messageOf(error)}`, {
      where,
      remedy: `Let an administrator run: ${command(namespace, missing)}`,
      cause: error,
    });
  }
  return missing.map(([name]) => name);
}

async function listCustom(connection: Connection, namespace: string): Promise<Readonly<Record<string, number>>> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes;
  } catch (error) {
    throw new AegisError('SERVER_SETUP', `the search attributes cannot be listed: ${messageOf(error)}`, {
      where: `namespace ${namespace}`,
      cause: error,
    });
  }
}

function command(namespace: string, attributes: readonly (readonly [string, string])[]): string {
  const flags = attributes.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${flags}`;
}

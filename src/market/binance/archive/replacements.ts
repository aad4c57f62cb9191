import { createReadStream } from 'node:fs';
import { AegisError } from '../../../model/errors.ts';
import { readCsv } from './csv.ts';
import { openZip } from './zip.ts';

/** An archive that Binance published again with other content. */
export interface Replacement {
  /** Base name of the zip; lists give full paths or bare names, with or without `.zip`. */
  readonly name: string;
  /** The path as the list has it; undefined when it has the bare name. Without a path the market is not known. */
  readonly path?: string;
  readonly oldSha256: string;
  readonly newSha256: string;
}

const HEADERS = ['File', 'File Path'];

/** Reads an official list of replaced archives, CSV or zip. Throws ROW_INVALID, ARCHIVE_DAMAGED. */
export async function readReplacements(file: string): Promise<Replacement[]> {
  if (!file.endsWith('.zip')) return parseReplacements(file, createReadStream(file));
  const zip = await openZip(file);
  try {
    return await parseReplacements(file, zip.chunks);
  } finally {
    zip.close();
  }
}

async function parseReplacements(file: string, chunks: AsyncIterable<Buffer>): Promise<Replacement[]> {
  const replacements: Replacement[] = [];
  for await (const { line, rows } of readCsv(chunks)) {
    for (const [index, row] of rows.entries()) {
      const [name = '', before = '', after = ''] = row;
      if (line + index === 1 && HEADERS.includes(name)) continue;
      replacements.push(parseRow({ name, before, after, where: `${file}:${line + index}` }));
    }
  }
  return replacements;
}

function parseRow(row: { name: string; before: string; after: string; where: string }): Replacement {
  const file = row.name.trim().replace(/(\.zip)?$/, '.zip');
  const name = file.slice(file.lastIndexOf('/') + 1);
  return {
    name,
    ...(name === file ? {} : { path: file.replace(/^\/+/, '') }),
    oldSha256: hashIn(row.before, name, row.where),
    newSha256: hashIn(row.after, name, row.where),
  };
}

/** The hash in `<sha>  <file>.zip`. */
function hashIn(field: string, name: string, where: string): string {
  const [hash = '', file = ''] = field.trim().split(/\s+/);
  const base = file.slice(file.lastIndexOf('/') + 1);
  if (!/^[0-9a-f]{64}$/i.test(hash)) throw new AegisError('ROW_INVALID', `"${field}" is not a checksum`, { where });
  if (base !== name)
    throw new AegisError('ROW_INVALID', `the checksum is that of "${file}", not of ${name}`, { where });
  return hash.toLowerCase();
}

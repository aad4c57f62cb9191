import { readFileSync } from 'node:fs';

/** Of the peers and libraries that take part, as they are pinned. */
export function peerVersions(): Record<string, string> {
  const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(read('package.json'));
  const pins = read('requirements.txt').matchAll(/^([\w-]+)==(\S+)$/gm);
  return { ...dependencies, ...Object.fromEntries([...pins].map(([, name, version]) => [name, version])) };
}

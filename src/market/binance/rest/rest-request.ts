export interface RestRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly weight: number;
  readonly signal?: AbortSignal | undefined;
}

export function urlOf(baseUrl: string, { path, query }: RestRequest): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  const text = given.toString();
  return `${baseUrl}${path}${text === '' ? '' : `?${text}`}`;
}

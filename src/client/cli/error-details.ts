/** How many entries of a list in an error's details are shown to people; --json has them all. */
const SHOWN = 20;

/** The lists in an error's details, for people: which days are missing, which fields are wrong. */
export function detailLines(details: Readonly<Record<string, unknown>> | undefined): string[] {
  return Object.entries(details ?? {}).flatMap(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0) return [];
    const shown = value
      .slice(0, SHOWN)
      .map((entry) => `    ${typeof entry === 'string' ? entry : JSON.stringify(entry)}`);
    const rest = value.length - shown.length;
    return [`  ${name}:`, ...shown, ...(rest > 0 ? [`    and ${rest} more`] : [])];
  });
}

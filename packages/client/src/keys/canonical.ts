/** JSON with the fields of every object in order and nothing undefined: equal values have equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, content]) => content !== undefined);
  return `{${fields.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, content]) => `${JSON.stringify(name)}:${canonical(content)}`).join(',')}}`;
}

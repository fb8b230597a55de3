import { concat, fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import type { Value } from '../store.ts';

/**
 * A stored value as bytes: the length of a JSON text (4 bytes), the text, and behind it the byte strings that the text only names by their
 * length. In the text a list is `[0, ...items]` and bytes are `[1, length]`, so that nothing is taken for something else.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const LIST = 0;
const BYTES = 1;

export function valueBytes(value: Value): Bytes {
  const strings: Uint8Array[] = [];
  const text = utf8(JSON.stringify(named(value, strings)));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length);
  return concat([length, text, ...strings]);
}

/** Reads what `valueBytes` wrote. */
export function valueOf(bytes: Bytes): Value {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const text = JSON.parse(fromUtf8(bytes.subarray(4, end))) as Named;
  let at = end;
  const take = (length: number): Bytes => bytes.slice(at, (at += length));
  return filled(text, take);
}

type Named = string | number | boolean | null | readonly Named[] | { readonly [field: string]: Named };

function named(value: Value, strings: Uint8Array[]): Named {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    strings.push(value);
    return [BYTES, value.length];
  }
  if (Array.isArray(value)) return [LIST, ...value.map((item) => named(item as Value, strings))];
  const fields: [string, Named][] = [];
  for (const [field, content] of Object.entries(value)) if (content !== undefined) fields.push([field, named(content, strings)]);
  return Object.fromEntries(fields);
}

function filled(text: Named, take: (length: number) => Bytes): Value {
  if (typeof text !== 'object' || text === null) return text;
  if (!isList(text)) return Object.fromEntries(Object.entries(text).map(([field, content]) => [field, filled(content, take)]));
  const [kind, ...rest] = text;
  return kind === BYTES ? take(Number(rest[0])) : rest.map((item) => filled(item, take));
}

function isList(text: readonly Named[] | { readonly [field: string]: Named }): text is readonly Named[] {
  return Array.isArray(text);
}

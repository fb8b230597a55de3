import type { Value } from '../store.ts';

/** Whether two stored values are equal, whatever the order of their fields. An absent field equals one that is undefined. */
export function sameValue(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one instanceof Uint8Array && other instanceof Uint8Array && sameBytes(one, other);
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, at) => sameValue(item as Value, other[at] as Value));
  }
  const left = one as Readonly<Record<string, Value | undefined>>;
  const right = other as Readonly<Record<string, Value | undefined>>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((field) => sameValue(left[field], right[field]));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

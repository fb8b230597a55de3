import { limits } from '@earshot/protocol/limits.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';

/** A handle that follows from a name: "Zoë Müller" becomes "zoë.müller". Empty when the name has no letter or digit. */
export function proposeHandle(name: string): string {
  return normalizeHandle(name)
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, '.')
    .replaceAll(/^[.\p{M}]+|\.+$/gu, '')
    .slice(0, limits.handleLength)
    .replace(/\.+$/u, '');
}

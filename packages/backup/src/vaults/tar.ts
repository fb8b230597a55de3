import { concat, utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { MemoryVault } from '../vault.ts';

/**
 * A whole vault as one file, where no folder can be written: a tar archive (POSIX ustar) of exactly what would lie in the folder, so that
 * `tar xf` makes that folder.
 */
const BLOCK = 512;

export function toTar(vault: MemoryVault, modified: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [name, bytes] of vault.held) parts.push(headOf(name, bytes.length, modified), bytes, new Uint8Array(-bytes.length & (BLOCK - 1)));
  return concat([...parts, new Uint8Array(2 * BLOCK)]);
}

/** Fails with `backup.damaged` when it is no such archive. */
export function fromTar(file: Uint8Array): MemoryVault {
  const vault = new MemoryVault();
  let at = 0;
  while (at + BLOCK <= file.length && file[at] !== 0) {
    const head = file.subarray(at, at + BLOCK);
    const length = Number.parseInt(fieldOf(head, 124, 12), 8);
    if (fieldOf(head, 257, 5) !== 'ustar' || sumOf(head) !== Number.parseInt(fieldOf(head, 148, 8), 8) || !(at + BLOCK + length <= file.length)) throw new Failure('backup.damaged', { reason: 'archive' });
    vault.held.set(fieldOf(head, 0, 100), file.slice(at + BLOCK, at + BLOCK + length));
    at += BLOCK + length + (-length & (BLOCK - 1));
  }
  // It ends with empty blocks: without them its end is missing.
  if (vault.held.size === 0 || at + BLOCK > file.length) throw new Failure('backup.damaged', { reason: 'archive' });
  return vault;
}

function headOf(name: string, length: number, modified: number): Uint8Array {
  const head = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => head.set(utf8(text), at);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(name, 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(length, 11), 124);
  put(octal(Math.floor(modified / 1000), 11), 136);
  put('0', 156);
  put('ustar', 257);
  put('00', 263);
  put(octal(sumOf(head), 6), 148);
  head[155] = 0x20;
  return head;
}

/** Over all bytes, the sum itself counted as spaces. */
function sumOf(head: Uint8Array): number {
  return head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** Byte by byte: what is no archive at all has fields that are no text. */
function fieldOf(head: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...head.subarray(at, at + length)).replace(/[\0 ].*$/s, '');
}

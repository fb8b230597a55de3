/** Where the packets of `run` follow one another in `all`, at `from` or later; -1 for nowhere. */
export function findRun(all: readonly Uint8Array[], run: readonly Uint8Array[], from: number): number {
  for (let at = from; at + run.length <= all.length; at += 1) {
    if (run.every((packet, index) => isSame(packet, all[at + index]))) return at;
  }
  return -1;
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && one.length === other.length && one.every((byte, index) => byte === other[index]);
}

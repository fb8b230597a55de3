/** Pieces of a stream, with its first bytes looked at. */
export interface Peeked {
  readonly head: Uint8Array;
  readonly bytes: AsyncIterator<Uint8Array>;
}

/** Reads until `count` bytes are there, or the end; the iterator begins with them all the same. */
export async function peek(source: AsyncIterator<Uint8Array>, count: number): Promise<Peeked> {
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await source.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* taken;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  }
  return { head: joined(taken, length).subarray(0, count), bytes: all() };
}

/** What a source gives until `ending` aborts; then it throws an `AbortError`, also in the middle of a wait. */
export async function* until(source: AsyncIterable<unknown>, ending: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const aborted = new Promise<never>((_, refuse) => {
    const abort = (): void => refuse(new DOMException('interrupted', 'AbortError'));
    ending.addEventListener('abort', abort, { once: true });
    if (ending.aborted) abort();
  });
  aborted.catch(() => undefined);
  const pieces = source[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([pieces.next(), aborted]);
    if (next.done === true) return;
    yield next.value as Uint8Array;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

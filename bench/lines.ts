import type { Readable } from 'node:stream';

/** The lines of a stream as they come; the stream goes on flowing after the reader stops listening. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  stream.setEncoding('utf8');
  const queue: string[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  stream.on('data', (text: string) => {
    rest += text;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    queue.push(...lines);
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  for (;;) {
    const line = queue.shift();
    if (line !== undefined) yield line;
    else if (ended) return;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}

import { PassThrough, Writable } from 'node:stream';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Context } from '../context.ts';

/** A command's world without a process around it: what it wrote can be read. */
export function contextForTests(changes: Partial<Context> = {}): { context: Context; out: () => string; err: () => string } {
  const [out, err] = [new Collector(), new Collector()];
  const context: Context = {
    in: new PassThrough(), out, err, env: {}, cwd: '/', home: '/',
    clock: systemClock, random: systemRandom, ending: new AbortController().signal, ...changes,
  };
  return { context, out: () => out.text, err: () => err.text };
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.text += new TextDecoder().decode(chunk);
    done();
  }
}

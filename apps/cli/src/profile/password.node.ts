import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';

/**
 * A password is read from a file or, where a person sits, asked for without showing it; never from an argument, which everybody on
 * the machine can see. Null where there is none to be had.
 */
export async function readPassword(context: Context, file: string | undefined, question: string): Promise<string | null> {
  if (file !== undefined) return await fromFile(resolve(context.cwd, file));
  if (context.in.isTTY !== true || context.err.isTTY !== true) return null;
  const typed = await ask(context, question);
  return typed === '' ? null : typed;
}

/** The first line: editors end a file with a line break that belongs to nobody's password. */
async function fromFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw fileFailure(error, 'file.unreadable', path);
  }
}

async function ask(context: Context, question: string): Promise<string> {
  const { in: input, err } = context;
  err.write(question);
  input.setRawMode?.(true);
  try {
    let typed = '';
    for await (const chunk of input.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      for (const key of new TextDecoder().decode(chunk)) {
        if (key === '\r' || key === '\n') return typed;
        if (key === '\u0003' || key === '\u0004') throw new DOMException('interrupted', 'AbortError');
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key;
      }
    }
    return typed;
  } finally {
    input.setRawMode?.(false);
    input.pause();
    err.write('\n');
  }
}

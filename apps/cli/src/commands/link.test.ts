import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { silentLog } from '@earshot/base/log.ts';
import { startServer } from '@earshot/server/server.ts';
import { runEarshot } from '../program.ts';
import { contextForTests } from '../testing/context.ts';

type World = ReturnType<typeof contextForTests>;

/** Somebody at a terminal, who types `answer` when she is asked about digits. */
function terminal(cwd: string, answer: string): World {
  const from = Object.assign(new PassThrough(), { isTTY: true });
  const world = contextForTests({ cwd, home: cwd, in: from });
  const err = Object.assign(world.context.err, { isTTY: true });
  const write = err.write.bind(err) as (text: string) => boolean;
  Object.assign(err, { write: (text: string) => {
    if (text.includes('seven digits? Type')) from.write(`${answer}\n`);
    return write(text);
  } });
  return world;
}

const fields = (world: World): Record<string, unknown>[] => world.out().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

async function seen<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('[CLI25] a machine is let in by the link of another one, or by digits that somebody compares; nobody there, or other digits: it stays outside', { timeout: 90_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-link-'));
  const data = join(folder, 'data');
  await using server = await startServer({ dataDir: data, host: '127.0.0.1', port: 0, log: silentLog });
  const origin = `http://127.0.0.1:${server.port}`;
  const run = async (profile: string, args: readonly string[], world = contextForTests({ cwd: folder, home: folder })): Promise<{ code: number; lines: Record<string, unknown>[] }> => {
    const code = await runEarshot([...args, '--json', ...(profile === '' ? [] : ['--profile', join(folder, profile)])], world.context);
    return { code, lines: fields(world) };
  };
  await writeFile(join(folder, 'password'), 'three unrelated words\n');
  const [invitation] = (await run('', ['invite', '--data', data, '--origin', origin])).lines;
  await run('one', ['join', String(invitation?.['link']), '--name', 'emil', '--password-file', 'password']);

  const showing = contextForTests({ cwd: folder, home: folder });
  const linking = run('one', ['link'], showing);
  const link = String(await seen(() => (showing.out() === '' ? undefined : fields(showing)[0]?.['link'])));
  assert.match(link, new RegExp(`^${origin}/link#[0-9a-z]{26}\\.[\\w-]{22}$`));
  const second = await run('two', ['login', '--link', link]);
  assert.deepEqual([second.code, second.lines[0]?.['locked']], [0, false]);
  assert.equal((await linking).lines[1]?.['device'], second.lines[0]?.['device']);

  const outside = await run('three', ['login', '--server', origin, '--name', 'emil', '--password-file', 'password']);
  assert.equal(outside.lines[0]?.['locked'], true);
  const compare = async (answers: readonly [string, string]): Promise<readonly [number, number]> => {
    const worlds = answers.map((answer) => terminal(folder, answer));
    const unlocking = run('three', ['unlock', '--digits'], worlds[0]);
    let old = await run('one', ['link', '--digits'], worlds[1]);
    // The other one may not have asked yet.
    for (let round = 0; round < 50 && fields(worlds[1] ?? showing)[0]?.['digits'] === undefined; round += 1) old = await run('one', ['link', '--digits'], (worlds[1] = terminal(folder, answers[1])));
    const fresh = await unlocking;
    assert.equal(fresh.lines[0]?.['digits'], old.lines[0]?.['digits']);
    return [fresh.code, old.code];
  };
  assert.deepEqual((await compare(['yes', 'no'])).every((code) => code !== 0), true);
  assert.equal((await run('three', ['unlock', '--digits'])).code, 2, 'nobody sits there');
  assert.deepEqual(await compare(['yes', 'yes']), [0, 0]);
  assert.deepEqual((await run('one', ['devices'])).lines.map(({ locked }) => locked), [false, false, false]);
  await rm(folder, { recursive: true });
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openSession, type Session } from '@earshot/doctor/engine/session.ts';
import { readBundle } from '@earshot/doctor/bundle/bundle.ts';
import { runEarshot } from '../program.ts';
import { contextForTests } from '../testing/context.ts';
import { folderFor } from '../testing/doctor.ts';
import { keepVisit, readVisit } from './kept-visit.node.ts';
import { knowledge } from './knowledge.node.ts';

/** Somebody at a terminal: whenever a prompt stands there, she answers by what was asked since the last one. */
async function atTerminal(folder: string, args: readonly string[], answer: (asked: string) => string): Promise<{ exit: number; out: string; said: string }> {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  let [said, asked] = ['', ''];
  const err = Object.assign(new Writable({
    write: (chunk: Buffer, _, done) => {
      said += chunk.toString();
      asked += chunk.toString();
      if (asked.endsWith('> ')) {
        const typed = answer(asked);
        asked = '';
        setImmediate(() => input.write(`${typed}\n`));
      }
      done();
    },
  }), { isTTY: true });
  const impatient = { ...systemClock, sleep: (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(Math.min(milliseconds, 20_000), signal) };
  const world = contextForTests({ cwd: folder, home: folder, in: input, err, clock: impatient });
  const exit = await runEarshot(['doctor', '--profile', join(folder, 'profile'), ...args], world.context);
  return { exit, out: world.out(), said };
}

/** She does nothing that is proposed, and does not know what she is asked. */
const clueless = (asked: string): string => (/own words/.test(asked) ? 'nobody can hear my voice message' : /nearest/.test(asked) ? '1' : /Did you do it/.test(asked) ? '2' : /left\?/.test(asked) ? '2' : '');

const kept = async (folder: string): Promise<Session> => JSON.parse(await readFile(join(folder, 'profile', 'doctor.json'), 'utf8')) as Session;

test('[CLI22] at a terminal the Doctor asks, explains why, proposes one thing after the other, and concludes with what speaks for it', { timeout: 60_000 }, async (t) => {
  const folder = await folderFor(t);
  mkdirSync(join(folder, 'profile'), { mode: 0o700 });
  const { exit, said, out } = await atTerminal(folder, ['--app', 'whatsapp'], clueless);
  assert.equal(exit, 0);
  assert.match(out, /Room on this device/);
  assert.match(said, /Which is nearest\?/);
  assert.match(said, /Did you do it\?/);
  assert.match(said, /Most likely|It is this|Nothing was found/);
  const { symptom, app, happened } = await kept(folder);
  assert.equal(app, 'whatsapp');
  assert.notEqual(symptom, null);
  assert.ok(happened.some(({ kind }) => kind === 'step'));
});

test('[CLI22] whoever leaves goes on where she left, also without an account, and the support bundle holds what she said by ids only', { timeout: 60_000 }, async (t) => {
  const folder = await folderFor(t);
  let prompts = 0;
  const left = await atTerminal(folder, [], (asked) => (prompts++ < 4 ? clueless(asked) : 'q'));
  assert.match(left.said, /goes on where you left/);
  const before = await kept(folder);
  const again = await atTerminal(folder, [], (asked) => (/left\?/.test(asked) ? '1' : 'q'));
  assert.match(again.said, /You were here before/);
  assert.doesNotMatch(again.said, /own words/);
  assert.deepEqual(await kept(folder), before);

  const refused = await atTerminal(folder, ['--bundle', 'help.json'], () => '2');
  assert.match(refused.out, /earshot-support/);
  assert.equal(existsSync(join(folder, 'help.json')), false, 'shown before it is written');
  const agreed = await atTerminal(folder, ['--bundle', 'help.json'], () => '1');
  assert.equal(agreed.exit, 0);
  const bundle = readBundle(await readFile(join(folder, 'help.json'), 'utf8'), await knowledge());
  assert.ok(typeof bundle !== 'string', 'what was written is read back');
  assert.equal(bundle.visit?.symptom, before.symptom);
  assert.doesNotMatch(agreed.out, /nobody can hear/);
});

test('[CLI22] a disk that takes no visit is told, and stops nobody', async (t) => {
  const folder = await folderFor(t);
  const session = openSession({ app: 'earshot', platform: 'linux', browser: null, place: 'cli' });
  assert.equal(await keepVisit(join(folder, 'new', 'profile'), session, systemRandom), true);
  assert.deepEqual(await readVisit(join(folder, 'new', 'profile')), session);
  // What should be the folder's parent is a file.
  await writeFile(join(folder, 'file'), '');
  assert.equal(await keepVisit(join(folder, 'file', 'profile'), session, systemRandom), false);
});

test('[CLI23] what the Doctor knows is found by words, with what it says; nothing found is said with a code', async (t) => {
  const folder = await folderFor(t);
  const world = contextForTests({ cwd: folder, home: folder });
  assert.equal(await runEarshot(['doctor', '--search', 'nobody', 'hears', 'me', '--json'], world.context), 0);
  const found = world.out().trimEnd().split('\n').map((line) => JSON.parse(line) as { kind: string; id: string; title: string; text: string });
  assert.equal(found[0]?.kind, 'symptom');
  assert.ok(found.every(({ title, text }) => title !== '' && text !== ''));
  const nothing = contextForTests({ cwd: folder, home: folder });
  assert.equal(await runEarshot(['doctor', '--search', 'xyzzyq'], nothing.context), 67);
  const other = contextForTests({ cwd: folder, home: folder });
  assert.equal(await runEarshot(['doctor', '--app', 'fax', '--search', 'x'], other.context), 2);
});

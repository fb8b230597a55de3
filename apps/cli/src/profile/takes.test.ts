import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '@earshot/base/random.ts';
import type { OutgoingTake } from '@earshot/client/earshot.ts';
import { TakeNotes } from './takes.node.ts';

/** Takes as the outbox has them: those begun and not decided on. */
function outgoing(begun: readonly string[]): { reopen: (take: string) => Promise<OutgoingTake | null>; cancelled: string[] } {
  const cancelled: string[] = [];
  const unexpected = async (): Promise<never> => {
    throw new Error('not expected');
  };
  return {
    cancelled,
    reopen: async (take) =>
      begun.includes(take)
        ? { take, packets: 0, append: unexpected, revise: unexpected, split: unexpected, show: unexpected, send: unexpected, cancel: async () => void cancelled.push(take) }
        : null,
  };
}

async function inProfile(work: (profile: string) => Promise<void>): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'earshot-takes-'));
  try {
    await work(profile);
  } finally {
    await rm(profile, { recursive: true });
  }
}

test('[CLI5] a take whose command still runs is left alone', async () => {
  await inProfile(async (profile) => {
    const notes = new TakeNotes(profile, systemRandom);
    assert.equal(await notes.clear(outgoing([])), 0);
    await notes.write('mine');
    assert.equal(await notes.clear(outgoing(['mine'])), 0);
    assert.deepEqual(await readdir(join(profile, 'takes')), ['mine']);
    await notes.remove('mine');
    await notes.remove('mine');
    assert.deepEqual(await readdir(join(profile, 'takes')), []);
  });
});

test('[CLI5] what a killed command began is cancelled; what it had decided to send is not', async () => {
  await inProfile(async (profile) => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await mkdir(join(profile, 'takes'));
    await writeFile(join(profile, 'takes', 'begun'), `{"pid":${pid},"began":"1"}`);
    await writeFile(join(profile, 'takes', 'sent'), `{"pid":${pid},"began":"1"}`);
    // Its number belongs to another process now.
    await writeFile(join(profile, 'takes', 'reused'), `{"pid":${process.pid},"began":"1"}`);
    await writeFile(join(profile, 'takes', 'half-written'), '{"pi');
    const outbox = outgoing(['begun', 'reused', 'half-written']);
    assert.equal(await new TakeNotes(profile, systemRandom).clear(outbox), 3);
    assert.deepEqual(outbox.cancelled.sort(), ['begun', 'half-written', 'reused']);
    assert.deepEqual(await readdir(join(profile, 'takes')), []);
  });
});

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { readInvitation } from '@earshot/client/keys/invitation.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { packets, PRE_SKIP, town } from './town.ts';

const page = await readFile(new URL('../../docs/sdk.md', import.meta.url), 'utf8');
const program = /```ts program\.ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

test('[SDK1] the program in the documentation is complete, has under 40 lines, and does what it says', { timeout: 120_000 }, async () => {
  assert(program.trim().split('\n').length < 40);
  await using place = await town();
  // Within the checkout, because that is where its imports are found.
  const dir = await mkdtemp(new URL('sdk-program-', import.meta.url).pathname);
  try {
    await writeFile(join(dir, 'program.ts'), program);
    const content = { packets: packets(120), preSkip: PRE_SKIP, samples: 120 * 960 - PRE_SKIP };
    const file = writeOggOpus(content);
    await writeFile(join(dir, 'hello.ogg'), file);
    const sha256 = createHash('sha256').update(file).digest('hex');

    const host = await place.person('host');
    const inviteOne = (await host.people.invite()).secret;
    const inviteTwo = (await host.people.invite()).secret;
    const first = spawn(process.execPath, ['program.ts', place.origin, inviteOne, 'anna', 'hello.ogg', 'for-anna.ogg'], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(first, 'exit');
    const lines = createInterface(first.stdout)[Symbol.asyncIterator]();
    assert.match(String((await lines.next()).value), new RegExp(`^sent \\w{26} ${sha256}$`));

    // The host answers anna, who is waiting for it, with what she sent.
    await host.synced();
    const conversation = (await host.conversations.list()).find(({ kind }) => kind === 'direct');
    assert(conversation);
    const growing = await host.outgoing.begin({ take: '0123456789abcdefghjkmnpqrs', conversation: conversation.id });
    await growing.append(content.packets);
    await growing.send({ samples: content.samples, preSkip: PRE_SKIP, waveform: new Uint8Array(), source: { from: 'microphone' } });
    assert.equal((await lines.next()).value, 'received for-anna.ogg');
    assert.equal((await ended)[0], 0);
    assert.deepEqual(new Uint8Array(await readFile(join(dir, 'for-anna.ogg'))), file);

    // A second run of it by somebody else fails in words when the invitation is used up.
    await assert.rejects(promisify(execFile)(process.execPath, ['program.ts', place.origin, inviteOne, 'bert', 'hello.ogg', 'x.ogg'], { cwd: dir }), /invitation\.used/);
    const token = await invitationToken(readInvitation(inviteTwo).secret);
    await host.people.withdraw(createHash('sha256').update(token).digest('hex'));
  } finally {
    await rm(dir, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { failures } from '@earshot/protocol/failure-entries.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { codesByExit, exitCodeOf } from './output/exit-codes.ts';
import { runEarshot } from './program.ts';
import { contextForTests } from './testing/context.ts';

test('[CLI1] [CLI11] a failure is one JSON line on standard output, and one for people on standard error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-program-'));
  const world = contextForTests({ cwd: folder, home: folder });
  assert.equal(await runEarshot(['list', '--json'], world.context), 78);
  const { error } = JSON.parse(world.out()) as { error: Record<string, unknown> };
  assert.deepEqual(Object.keys(error), ['code', 'cause', 'next', 'owner', 'evidence']);
  assert.equal(error['code'], 'device.profile-empty');
  assert.match(world.err(), /^earshot: .*\[device\.profile-empty; profile: .*\]\n$/);
  await rm(folder, { recursive: true });
});

test('[CLI11] a command line that cannot be understood ends with 2 and says why', async () => {
  for (const [args, why] of [
    [['lsit'], /unknown command 'lsit'/], [['send', 'x.wav'], /--to/], [['list', '--limit', 'no'], /whole number/],
    [['send', '--to', 'x', 'y', 'z'], /too many arguments/], [[], /send, listen/], [['join', 'nolink', '--name', 'x'], /invitation link/], [['group'], /say what to do/],
  ] as const) {
    const world = contextForTests();
    assert.equal(await runEarshot(args, world.context), 2, args.join(' '));
    assert.match(world.err(), why);
    assert.match(world.err(), /command\.usage/);
    assert.equal(world.out(), '');
  }
});

test('help and version are results', async () => {
  for (const args of [['--help'], ['help', 'send'], ['send', '--help'], ['--version']]) {
    const world = contextForTests();
    assert.equal(await runEarshot(args, world.context), 0, args.join(' '));
    assert.notEqual(world.out(), '');
    assert.equal(world.err(), '');
  }
});

test('[CLI11] every failure code of the world has an exit code other than 0', () => {
  const own: FailureCode[] = ['server.fault', 'upload.offset', 'request.invalid'];
  for (const code of own) assert.equal(exitCodeOf(code) === 0, false);
  assert.equal([...codesByExit().values()].flat().length, Object.keys(failures).length);
  assert.equal(codesByExit().has(0), false);
  assert.equal(codesByExit().has(75), false);
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { makeInvitation } from '../../commands/operator.ts';
import { Output } from '../../output/output.ts';
import { contextForTests } from '../../testing/context.ts';
import { doctor, folderFor, joinedProfile, serverFor } from '../../testing/doctor.ts';
import { drill } from './drill.node.ts';
import { type Ordeal, ordeals } from './ordeals.ts';

type Line = { readonly ordeal?: string; readonly survived?: boolean; readonly cuts?: number; readonly drill?: { readonly survived: number; readonly account: string } };

async function played(t: TestContext, chosen: readonly Ordeal[], patience?: number): Promise<{ all: boolean; lines: Line[]; people: readonly { handle: string; state: string }[] }> {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const { origin } = await serverFor(t, data);
  await using operator = openOperator(data);
  const { link } = await makeInvitation(operator, systemRandom, { origin });
  const world = contextForTests();
  const ports = { origin, invitation: new URL(link).hash.slice(1), clock: systemClock, random: systemRandom, signal: world.context.ending, ...(patience !== undefined && { patience }) };
  const all = await drill(new Output(world.context, true), ports, chosen);
  const lines = world.out().trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
  return { all, lines, people: await operator.people() };
}

const named = (...ids: readonly string[]): Ordeal[] => ordeals.filter(({ id }) => ids.includes(id));

test('[CLI21] a drill plays cuts, lost answers, restarts and filters against a real server: all are survived, and the account is gone', { timeout: 300_000 }, async (t) => {
  const { all, lines, people } = await played(t, named('plain', 'cut', 'gone', 'answers-lost', 'restart', 'methods', 'no-socket', 'everything'));
  assert.equal(all, true, JSON.stringify(lines));
  assert.deepEqual(lines.flatMap(({ ordeal, survived }) => (ordeal !== undefined && survived ? [ordeal] : [])), ['plain', 'cut', 'gone', 'answers-lost', 'restart', 'methods', 'no-socket', 'everything']);
  assert.ok((lines.find(({ ordeal }) => ordeal === 'cut')?.cuts ?? 0) >= 2, 'the line was really cut');
  assert.deepEqual(people.map(({ state }) => state), ['deleted']);
});

test('[CLI21] a message that does not arrive is told as lost, and ends the drill; the account is gone all the same', { timeout: 300_000 }, async (t) => {
  const swallowed: Ordeal = { id: 'swallowed', says: 'The app is never opened again.', play: async (pair) => {
    pair.link.shape({ down: true });
    await pair.speak(1);
    await pair.near[Symbol.asyncDispose]();
  } };
  const { all, lines, people } = await played(t, [swallowed, ...named('plain')], 1_000);
  assert.equal(all, false);
  assert.deepEqual(lines.map(({ ordeal, survived, drill: end }) => [ordeal ?? 'end', survived ?? end?.survived]), [['swallowed', false], ['end', 0]]);
  assert.deepEqual(people.map(({ state }) => state), ['deleted']);
});

test('[CLI21] a person lets her own server be drilled; broken off, it leaves no account behind', { timeout: 300_000 }, async (t) => {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const server = await serverFor(t, data);
  const profile = await joinedProfile(folder, data, server.origin, 'anna');
  const ending = new AbortController();
  const world = contextForTests();
  const first = Promise.withResolvers<void>();
  const write = world.context.out.write.bind(world.context.out);
  world.context.out.write = (chunk: string): boolean => {
    if (chunk.includes('"plain"')) first.resolve();
    return write(chunk);
  };
  const run = doctor(folder, ['--drill', '--profile', profile], { out: world.context.out, ending: ending.signal });
  await Promise.race([first.promise, run]);
  ending.abort(130);
  assert.equal((await run).exit, 130);
  await using operator = openOperator(data);
  assert.deepEqual((await operator.people()).map(({ state }) => state), ['active', 'deleted']);
});

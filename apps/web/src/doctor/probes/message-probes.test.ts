import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { probeContract } from '@earshot/doctor/probes/probe.contract.ts';
import { person } from '../../testing/sample-data.ts';
import { createSampleEarshot } from '../../testing/sample-earshot.ts';
import { messageProbes } from './message-probes.ts';

/** Cleo is away, Ben's phone is full; in the group one message waits and one was refused, elsewhere everything went through. */
const GROUP = person(12);
const CLEO = person(13);
const LEFT = person(15);

const probes = (conversation: string | null) => messageProbes({ earshot: createSampleEarshot({ world: 'lively' }), conversation, waking: () => 'off' });

async function answers(probe: ProbeId, conversation: string | null): Promise<unknown> {
  const found = await probes(conversation)[probe]?.(new AbortController().signal);
  return [found?.answer, found?.code ?? null];
}

probeContract('what was to be sent, and to whom', () => probes(GROUP));

test('[PROBE5] what waits and what was refused is told with its reason, and whether it is this conversation alone', async () => {
  assert.deepEqual(await answers('waiting-messages', null), ['refused', 'quota.full']);
  assert.deepEqual(await answers('conversation', GROUP), ['only-this', 'network.unreachable']);
  assert.deepEqual(await answers('conversation', CLEO), ['open', null]);
  assert.deepEqual(await answers('conversation', LEFT), ['closed', 'conversation.closed']);
  assert.deepEqual(await answers('conversation', null), ['unknown', null]);
});

test('[PROBE5] the side of the recipient is told: nobody online, no room', async () => {
  assert.deepEqual(await answers('recipient', CLEO), ['away', 'recipient.away']);
  assert.deepEqual(await answers('recipient', GROUP), ['storage', 'recipient.storage']);
  assert.deepEqual(await answers('recipient', person(11)), ['reached', null]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { happened, openSession } from '../engine/session.ts';
import { loadKnowledge } from '../knowledge/load.node.ts';
import type { ProbeResult } from '../probes/probe.ts';
import { type BundleInput, bundleText, makeBundle, readBundle } from './bundle.ts';

const knowledge = await loadKnowledge();
const result = (change: Partial<ProbeResult>): ProbeResult => ({ probe: 'clock', answer: 'behind', measured: {}, label: null, code: 'device.clock', took: 12.4, ...change } as ProbeResult);
const input = (change: Partial<BundleInput> = {}): BundleInput => ({ place: 'cli', platform: 'linux', versions: { earshot: '0.1.0', protocol: 1, runtime: '24.1.0', browser: null }, results: [], ...change });

function complaint(shared: unknown): string {
  const read = readBundle(JSON.stringify(shared), knowledge);
  assert.ok(typeof read === 'string', 'it was taken for a bundle');
  return read;
}

test('[BUNDLE1] what is no word of a closed list, no number under a known name and no version is not in a bundle', () => {
  const secret = 'anna@voice.example.org';
  const bundle = makeBundle(input({
    results: [
      result({ label: secret, measured: { behindSeconds: 7_200, [secret]: 1, freeBytes: Number.NaN } }),
      result({ probe: secret as ProbeResult['probe'] }),
      result({ answer: secret as ProbeResult['answer'] }),
    ],
  }), knowledge);
  assert.deepEqual(bundle.findings, [{ probe: 'clock', answer: 'behind', code: 'device.clock', measured: { behindSeconds: 7_200 }, took: 12 }]);
  assert.doesNotMatch(bundleText(bundle), /anna|example/);
  assert.throws(() => makeBundle(input({ versions: { earshot: secret, protocol: 1, runtime: null, browser: null } }), knowledge));
});

test('[BUNDLE1] what the Doctor was told is in it by the ids of the knowledge only', () => {
  const [question, symptom, cause] = [knowledge.questions[0], knowledge.symptoms[0], knowledge.causes[0]];
  assert.ok(question && symptom && cause);
  const answer = question.answers[0]?.id ?? '';
  const opened = openSession({ app: 'earshot', platform: 'linux', browser: null, place: 'cli' }, { symptom: symptom.id });
  const session = happened(opened, { kind: 'answer', of: question.id, answer });
  const bundle = makeBundle(input({ session, suspects: [{ cause: cause.id, chance: 0.87654 }] }), knowledge);
  assert.deepEqual(bundle.visit?.said, [{ of: question.id, answer }]);
  assert.deepEqual(bundle.visit?.suspects, [{ cause: cause.id, chance: 0.877 }]);
  assert.throws(() => makeBundle(input({ session: happened(opened, { kind: 'answer', of: question.id, answer: 'my sister Anna' }) }), knowledge));
});

test('[BUNDLE1] what was written is read back; what was changed by hand is refused, with the place', () => {
  const bundle = makeBundle(input({ results: [result({})], failures: [{ code: 'network.portal', secondsAgo: 3 }] }), knowledge);
  assert.deepEqual(readBundle(bundleText(bundle), knowledge), bundle);
  assert.match(complaint({ ...bundle, note: 'call me' }), /note/);
  assert.match(complaint({ ...bundle, findings: [{ ...bundle.findings[0], answer: 'nice' }] }), /findings\.0.*answer/);
  assert.match(complaint('no bundle'), /the file/);
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bundleText, makeBundle } from '@earshot/doctor/bundle/bundle.ts';
import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import type { ProbeResult } from '@earshot/doctor/probes/probe.ts';
import { playBundle } from './play-bundle.node.ts';
import { plightOf, plightText } from './plight.ts';

const knowledge = await loadKnowledge();
const result = (probe: ProbeResult['probe'], answer: string, more: Partial<ProbeResult> = {}): ProbeResult => ({ probe, answer, measured: {}, label: null, code: null, took: 1, ...more }) as ProbeResult;
const bundleOf = (...results: readonly ProbeResult[]) => makeBundle({ place: 'cli', platform: null, versions: { earshot: '0.1.0', protocol: 1, runtime: null, browser: null }, results }, knowledge);

async function played(t: TestContext, ...results: readonly ProbeResult[]): Promise<{ exit: number; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bundle-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'bundle.json');
  await writeFile(file, bundleText(bundleOf(...results)));
  const lines: string[] = [];
  const exit = await playBundle(file, 11, (line) => lines.push(line));
  return { exit, said: lines.join('\n') };
}

test('[SIM6] the plight follows from the findings: the way, the clock, the disks, the filter; what no world has is told', () => {
  assert.equal(plightText(plightOf(bundleOf())), 'nothing that a world can play');
  const plight = plightOf(bundleOf(
    result('server-reach', 'stalled', { code: 'network.stalled' }), result('clock', 'behind', { measured: { behindSeconds: 7_200 } }), result('storage-room', 'full', { code: 'device.storage' }),
    result('uploads', 'stopped-by-type', { code: 'network.filtered' }), result('packet-loss', 'steady', { measured: { roundTripMs: 80 } }), result('certificate', 'expired', { code: 'network.unreachable' }),
  ));
  assert.deepEqual(plight, { weather: 'hole', distance: 40, ahead: -7_200_000, deviceFull: true, serverFull: false, serverDown: false, stopped: 'type', unplayed: ['certificate: expired'] });
});

test('[SIM6] a bundle is played: the device of the world explains itself as that of the person did, and nothing is lost', async (t) => {
  const { exit, said } = await played(t,
    result('server-reach', 'portal', { code: 'network.portal' }), result('clock', 'ahead', { code: 'device.clock', measured: { aheadSeconds: 900 } }), result('uploads', 'stopped', { code: 'network.filtered' }),
  );
  assert.equal(exit, 0, said);
  assert.match(said, /way to the server is captive; its clock is 900 s ahead; a filter stops sound by size, type and method/);
  assert.match(said, /The device says: .*network\.(?:portal|foreign)/);
  assert.match(said, /\d+ messages released.* 0 promises broken/);
});

test('[SIM6] what is no bundle is refused with the place', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bundle-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'no.json'), '{"format":"other"}');
  const lines: string[] = [];
  assert.equal(await playBundle(join(folder, 'no.json'), 1, (line) => lines.push(line)), 2);
  assert.match(lines[0] ?? '', /no support bundle: format/);
});

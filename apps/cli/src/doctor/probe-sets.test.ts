import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { probeContract } from '@earshot/doctor/probes/probe.contract.ts';
import { startServer } from '@earshot/server/server.ts';
import { mergeConfig } from '../config/config.ts';
import { operatorProbeSet } from './operator.node.ts';
import { userProbeSet } from './user.node.ts';

const folder = await mkdtemp(join(tmpdir(), 'earshot-probes-'));
const data = join(folder, 'data');
const server = await startServer({ dataDir: data, host: '127.0.0.1', port: 0, log: silentLog });
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
const origin = new URL(server.origin);
const { signal } = new AbortController();
const user = await userProbeSet({ server: origin, own: false, profile: join(folder, 'profile'), env: {}, cwd: folder, clock: systemClock, random: systemRandom, signal });
const operator = await operatorProbeSet({ config: mergeConfig(data), origin, certificate: null, clock: systemClock, signal });

probeContract('the command line, a person’s side', () => user);
probeContract('the command line, an operator’s side', () => operator);

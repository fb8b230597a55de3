import { systemClock } from '@earshot/base/clock.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { probeContract } from '@earshot/doctor/probes/probe.contract.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { memoryPreferences } from '../../shell/preferences.ts';
import { wayProbes } from './way-probes.ts';

/** Whatever stands on the way, the answers are of the closed list; what each of them means is tested with real middleboxes, in a browser. */
const ways: Readonly<Record<string, Transport['request']>> = {
  'nobody answers': () => Promise.reject(new Failure('network.unreachable')),
  'somebody else answers': async () => ({ status: 200, headers: { 'content-type': 'text/html' }, bytes: async () => new TextEncoder().encode('<html>Welcome</html>') }),
  'our server has another opinion of everything': async () => ({ status: 500, headers: { 'earshot-protocol': '1' }, bytes: async () => new TextEncoder().encode('{"error":{"code":"server.fault","cause":"x","next":"x","owner":"server","evidence":{}}}') }),
};

for (const [name, request] of Object.entries(ways)) {
  probeContract(`the way, where ${name}`, () => wayProbes({
    transport: { request, connect: (_path, _headers, { closed }) => {
      queueMicrotask(() => closed(1006));
      return { send: () => undefined, close: () => undefined };
    } },
    clock: systemClock, offline: () => false, preferences: memoryPreferences(),
  }));
}

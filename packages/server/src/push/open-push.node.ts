import type { Hub } from '../live/hub.ts';
import type { ServerOptions } from '../options.ts';
import type { Ports } from '../ports.ts';
import type { PushDesk } from './subscribing.ts';
import { Waker } from './waker.ts';
import { makeKeys, WebPush } from './web-push.node.ts';

/** For push services that ask; they never write to an address that does not exist. */
const NO_CONTACT = 'mailto:operator@earshot.invalid';

/** Web push with the keys of this data folder, which are made at the first start. Null when it is turned off. */
export async function openPush(ports: Ports, hub: Hub, { push, origin }: Pick<ServerOptions, 'push' | 'origin'>): Promise<{ readonly desk: PushDesk; readonly waker: Waker } | null> {
  if (push?.on === false) return null;
  const keys = await ports.store.push.keys(makeKeys);
  const privateAddresses = push?.privateAddresses ?? false;
  const contact = push?.contact ?? (origin?.startsWith('https:') === true ? origin : NO_CONTACT);
  const waker = new Waker({ ...ports, push: new WebPush({ keys, contact, privateAddresses, clock: ports.clock }) }, (person, device) => hub.connected(person, device));
  return { waker, desk: { key: keys.publicKey, privateAddresses } };
}

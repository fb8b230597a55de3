import { newDevice, type TestDevice } from './keys.ts';
import { call, Caller } from './world.ts';

/** Long enough for the server. */
export const PASSWORD = 'long enough';

export interface Second {
  readonly caller: Caller;
  readonly device: TestDevice;
}

/** Another device of somebody who joined with `PASSWORD`: signed in, and not in her chain. */
export async function lockedDevice(who: Caller, handle: string, device = newDevice()): Promise<Second> {
  const { json } = await call(who.base, null, 'POST', '/v1/sessions', { handle, password: PASSWORD, device: { id: device.id, name: 'second' } });
  return { caller: new Caller(who.base, who.person, device.id, json.token ?? '', who.chain, who.rooms), device };
}

/** The same, and in her chain. */
export async function secondDevice(who: Caller, handle: string): Promise<Second> {
  const second = await lockedDevice(who, handle);
  const { status, text } = await who.call('POST', '/v1/chain', await who.chain?.add(second.device));
  if (status !== 200) throw new Error(`second device: ${text}`);
  return second;
}

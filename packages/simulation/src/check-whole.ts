import type { Earshot, Message } from '@earshot/client/earshot.ts';
import { sameBytes } from '@earshot/client/stores/same-value.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Tab } from './device.ts';
import { fileOf } from './ledger.ts';
import type { World } from './world.ts';

/** A message is there, and is what was said. */
export async function checkWhole(world: World, { earshot, device }: Tab, message: Message): Promise<void> {
  const { trace, ledger } = world;
  const take = ledger.takes.get(message.id);
  if (take === undefined) return;
  if (message.failure?.code === 'key.vanished' && !(await wasGiven(world, earshot, message))) return;
  if (!message.here || message.failure !== null) return trace.violation(`${device.name}: ${message.id} is not whole: ${JSON.stringify({ ...message, waveform: null })}`);
  try {
    const audio = await earshot.messages.audio(message.id);
    if (!sameBytes(audio, fileOf(take))) trace.violation(`${device.name}: ${message.id} is not what was said`);
  } catch (error) {
    trace.violation(`${device.name}: ${message.id} does not play: ${error instanceof Failure ? `${error.code} ${JSON.stringify(error.evidence)}` : String(error)}`);
  }
}

/** Whether the server has a seed for this device with the chain that its sender had begun last before: then it can open the message, and must. Kept, everybody can. */
async function wasGiven({ server }: World, earshot: Earshot, { conversation, seq, keptFor }: Message): Promise<boolean> {
  const me = await earshot.account.current();
  if (me === null || seq === null || keptFor !== null) return true;
  const page = await server.disk.store.logs.page(me, conversation, 0, 1e9, 1e12, 0);
  const events = (page?.events ?? []).map((event) => ({ ...event, outside: JSON.parse(event.envelope) as Envelope }));
  const from = events.find((event) => event.seq === seq)?.outside.device;
  const chain = events.findLast((event) => event.seq < seq && event.outside.class === 'chain' && event.outside.device === from);
  return chain === undefined || (chain.deviceGrant ?? null) !== null;
}

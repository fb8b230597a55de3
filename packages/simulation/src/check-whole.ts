import type { Message } from '@earshot/client/earshot.ts';
import { sameBytes } from '@earshot/client/stores/same-value.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Tab } from './device.ts';
import { fileOf } from './ledger.ts';
import type { World } from './world.ts';

/** A message is there, and is what was said. */
export async function checkWhole({ trace, ledger }: World, { earshot, device }: Tab, message: Message): Promise<void> {
  const take = ledger.takes.get(message.id);
  if (take === undefined) return;
  if (!message.here || message.failure !== null) return trace.violation(`${device.name}: ${message.id} is not whole: ${JSON.stringify({ ...message, waveform: null })}`);
  try {
    const audio = await earshot.messages.audio(message.id);
    if (!sameBytes(audio, fileOf(take))) trace.violation(`${device.name}: ${message.id} is not what was said`);
  } catch (error) {
    trace.violation(`${device.name}: ${message.id} does not play: ${error instanceof Failure ? `${error.code} ${JSON.stringify(error.evidence)}` : String(error)}`);
  }
}

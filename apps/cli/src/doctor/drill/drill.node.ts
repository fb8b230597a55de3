import { Failure } from '@earshot/protocol/failures.ts';
import type { Output } from '../../output/output.ts';
import { type Ordeal, ordeals } from './ordeals.ts';
import { DrillPair, type PairPorts } from './pair.node.ts';

/**
 * Plays what befalls people on the way, one after the other, against a real server: through a link and a middlebox on this machine,
 * with an account that is taken away afterwards, also when the drill is broken off. Resolves to whether everything was survived.
 */
export async function drill(output: Output, ports: PairPorts, played: readonly Ordeal[] = ordeals): Promise<boolean> {
  await using pair = await DrillPair.meet(ports);
  let survived = 0;
  try {
    for (const ordeal of played) {
      ports.signal.throwIfAborted();
      output.progress(ordeal.says);
      // After a message was lost the next ones would only wait for it.
      if (!(await survives(output, pair, ordeal, ports))) break;
      survived += 1;
    }
  } finally {
    await pair.leave().catch((error: unknown) => left(output, pair, error));
  }
  const all = survived === played.length;
  output.result({ drill: { survived, of: played.length, account: pair.handle } }, all
    ? `All ${survived} were survived: each message arrived once, whole and in order. The account ${pair.handle} is deleted with what it said.`
    : 'A message did not arrive, so the drill ended there.');
  return all;
}

async function survives(output: Output, pair: DrillPair, { id, says, play }: Ordeal, { clock, signal }: PairPorts): Promise<boolean> {
  const [began, cuts, offered] = [clock.now(), pair.link.cuts, pair.box.offered.length];
  await play(pair, clock);
  pair.clear();
  const survived = await pair.arrived();
  signal.throwIfAborted();
  const facts = { seconds: (clock.now() - began) / 1000, cuts: pair.link.cuts - cuts, requests: pair.box.offered.length - offered };
  output.result({ ordeal: id, survived, ...facts }, `${survived ? 'survived' : 'LOST    '}  ${says} [seconds: ${facts.seconds.toFixed(1)}; requests: ${facts.requests}]`);
  return survived;
}

/** Whoever reads this can take the account away by hand. */
function left(output: Output, { handle }: DrillPair, error: unknown): void {
  if (!(error instanceof Failure)) throw error;
  output.note(`earshot: the account ${handle} could not be deleted. Keep it out with \`earshot disable ${handle}\`. [${error.code}]`);
}

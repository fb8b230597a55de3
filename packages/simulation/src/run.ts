import { checkDevice } from './check-device.ts';
import { checkKeeping } from './check-keeping.ts';
import { checkErased, checkVanishing } from './check-vanishing.ts';
import { checkServer, type Holding, holdingOf } from './check.ts';
import { Fates } from './check-fates.ts';
import { adoptForwards } from './forwards.ts';
import { cryptoAtOnce } from './crypto-at-once.ts';
import type { ServerApp } from './server-host.ts';
import { World, type WorldOptions } from './world.ts';

export interface Outcome {
  readonly seed: number;
  /** Messages that were released, each counted once. */
  readonly messages: number;
  /** Those times the devices that had to get them. */
  readonly deliveries: number;
  /** Whether all was sealed and signed as in reality. */
  readonly realCrypto: boolean;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly sum: string;
}

/** One world in twenty seals and signs as in reality; the others by checksums that keep the same laws, and play more messages in their time. */
export function hasRealCrypto(seed: number): boolean {
  return seed % 20 === 0;
}

/** Whether every promise is kept as things are. */
async function judge(world: World): Promise<Holding> {
  const holding = await holdingOf(world);
  adoptForwards(world.ledger, holding, (id) => world.devices.find((device) => device.id === id)?.name ?? '');
  checkServer(world, holding);
  const fates = new Fates(world, holding);
  await fates.checkServer();
  await checkVanishing(world, holding);
  for (const device of world.devices) await world.ask(`checking ${device.name}`, () => checkDevice(world, holding, fates, device));
  return holding;
}

/** What is other than usual in a world. */
export type Terms = Pick<WorldOptions, 'tamper' | 'plant' | 'hoard' | 'visitation' | 'years' | 'busy'>;

/** One world, from its beginning to the judgement. Worlds of one process run one after the other. */
export async function simulate(seed: number, app: ServerApp, terms: Terms = {}): Promise<Outcome> {
  const realCrypto = hasRealCrypto(seed);
  cryptoAtOnce(realCrypto ? 'real' : 'quick');
  const world = new World({ seed, app, realCrypto, ...terms });
  const stray = (error: unknown): void => world.trace.violation(`nobody caught ${String(error instanceof Error ? error.stack : error)}`);
  process.on('unhandledRejection', stray);
  let deliveries = 0;
  try {
    await world.settle();
    await world.weather();
    await world.calm();
    let holding = await judge(world);
    if (world.keeps) {
      await world.later();
      holding = await judge(world);
      const since = world.server.now;
      await world.weeks();
      checkErased(world, await holdingOf(world), since);
    }
    await checkKeeping(world);
    const spoken = holding.events.filter(({ parsed }) => parsed.class === 'message');
    for (const { log } of spoken) deliveries += world.devices.filter(({ person }) => holding.logs.get(log)?.members.some((member) => member.person === person)).length;
  } finally {
    process.off('unhandledRejection', stray);
    world.end();
  }
  const messages = [...world.ledger.takes.values()].filter(({ sent }) => sent !== null).length;
  return { seed, messages, deliveries, realCrypto, violations: world.trace.violations, trace: world.trace.lines, sum: world.trace.sum };
}

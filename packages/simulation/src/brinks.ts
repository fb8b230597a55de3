import { holdingOf } from './check.ts';
import { Fates } from './check-fates.ts';
import type { World } from './world.ts';

/** So long before an end, and so long after it, the world is looked at. Milliseconds. */
const BESIDE = 3_600_000;
/** So many ends of one world are looked at. */
const MOST = 8;

/**
 * Lets time pass until `until`, by the server's clock, and stops beside what ends on the way: what is told to be there until then is there an
 * hour before, and gone an hour after. Years that pass at a stroke would step over a server that removes a day early.
 */
export async function passBrinks(world: World, until: number): Promise<void> {
  const ends = await endsOf(world);
  for (let passed = 0; passed < MOST; passed += 1) {
    const next = ends.find((end) => end - BESIDE > world.server.now && end + BESIDE < until);
    if (next === undefined) break;
    await standAt(world, next - BESIDE);
    await standAt(world, next + BESIDE);
  }
  world.leap(until - world.server.now);
}

/** An hour before the last thing that ends by `until`; `until` itself where nothing does. */
export async function beforeLastEnd(world: World, until: number): Promise<number> {
  const last = (await endsOf(world)).findLast((end) => end - BESIDE > world.server.now && end <= until);
  return last === undefined ? until : last - BESIDE;
}

/** When something of this world ends, as things are, in order. */
async function endsOf(world: World): Promise<number[]> {
  return new Fates(world, await holdingOf(world)).ends();
}

async function standAt(world: World, at: number): Promise<void> {
  world.leap(at - world.server.now);
  await world.ask('sweeping', () => world.server.sweep());
  const fates = new Fates(world, await holdingOf(world));
  await fates.checkServer();
  await fates.checkFreed();
}

import { simulate } from './run.ts';
import { ServerApp } from './server-host.ts';

/** One process of several: is told a seed, runs its world, tells what came of it, and waits for the next. */
const app = await ServerApp.make();
const [years, busy] = [process.argv.includes('--years'), process.argv.includes('--busy')];
// Whoever asked is gone.
process.on('disconnect', () => process.exit(1));
process.on('message', (seed: number) => {
  void simulate(seed, app, { years, busy }).then((outcome) => process.send?.({ ...outcome, trace: outcome.violations.length > 0 ? outcome.trace : [] }));
});

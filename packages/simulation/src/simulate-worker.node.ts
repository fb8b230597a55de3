import { simulate } from './run.ts';
import { ServerApp } from './server-host.ts';

/** One process of several: is told a seed, runs its world, tells what came of it, and waits for the next. */
const app = await ServerApp.make();
const years = process.argv.includes('--years');
process.on('message', (seed: number) => {
  void simulate(seed, app, { years }).then((outcome) => process.send?.({ ...outcome, trace: outcome.violations.length > 0 ? outcome.trace : [] }));
});

// The outermost line of `earshot`: joins the command to this process, and ends it with the exit code.
import { homedir } from 'node:os';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Context } from './context.ts';
import { faultOfOurs } from './output/output.ts';
import { runEarshot } from './program.ts';

endWithLauncher();
const ending = new AbortController();
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 143]] as const) {
  let first = 0;
  process.on(signal, () => {
    // A terminal and a launcher may both pass the same one on; only a person comes back for a second.
    if (ending.signal.aborted && first !== 0 && Date.now() - first > 1000) process.exit(code);
    first ||= Date.now();
    ending.abort(code);
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  // The reader has enough.
  ending.abort(0);
});

const context: Context = {
  in: process.stdin, out: process.stdout, err: process.stderr,
  env: process.env, cwd: process.cwd(), home: homedir(),
  clock: systemClock, random: systemRandom, ending: ending.signal,
};

process.exit(await run());

async function run(): Promise<number> {
  try {
    return await runEarshot(process.argv.slice(2), context);
  } catch (error) {
    console.error(faultOfOurs);
    console.error(error);
    return 1;
  }
}

/** Whoever kills the launcher with signal 9 means us: the channel between us ends with it. */
function endWithLauncher(): void {
  if (process.env['EARSHOT_LAUNCHED'] !== '1' || process.channel === undefined) return;
  delete process.env['EARSHOT_LAUNCHED'];
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
}

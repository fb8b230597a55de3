import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { aborted } from '@earshot/base/aborted.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { placeName } from '../backup/place.ts';
import { retentionOf, type ServerConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Context } from '../context.ts';
import { logTo } from '../output/log.ts';
import type { Output } from '../output/output.ts';
import { examples, type Stage } from '../perform.ts';
import { makeInvitation, rememberOrigin, withData, type OperatorOptions } from './operator.ts';

interface ServeOptions extends OperatorOptions {
  readonly firstInvitation?: true;
}

export function defineServe(program: Command, stage: Stage): void {
  const command = withData(program.command('serve'))
    .description('run a server')
    .option('--host <address>', 'address to listen on; 0.0.0.0 for other machines too (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on, 0 for any free one (default: 8417)')
    .option('--origin <url>', 'the address people open, such as https://voice.example.org (default: http://localhost:PORT)')
    .option('--trusted-proxy <address...>', 'proxies in front of this server whose X-Forwarded headers count')
    .option('--push <on|off>', 'whether closed apps are woken by web push (default: on)')
    .option('--contact <address>', 'how push services reach you: a mail address or an https address (default: the origin)')
    .option('--expiry <term>', 'when messages end where nobody chose: never, once, or a time after hearing such as 30d (default: never)')
    .option('--expiry-least <term>', 'the shortest time that people may choose: once, 2m, 12h, 30d (default: once)')
    .option('--expiry-most <term>', 'the longest, beside never (default: 365d)')
    .option('--rest-days <n>', 'days in which what was removed can be brought back (default and least: 30)')
    .option('--backup-to <place>', 'back up to this folder or s3://BUCKET/FOLDER while the server runs; make the first one with `earshot backup --server`, which gives you the key')
    .option('--backup-every <time>', 'how often: 6h, 1d, 7d (default: 1d)')
    .option('--backup-keep <n>', 'how many backups stay there; older ones are forgotten (default: 30)')
    .option('--first-invitation', 'while nobody has joined yet, print an invitation');
  examples(
    command,
    'earshot serve --first-invitation',
    'earshot serve --data /srv/earshot --origin https://voice.example.org --trusted-proxy 127.0.0.1',
  ).action(async (options: ServeOptions) => {
    await stage.perform(options, async (output) => {
      await serve(stage, output, await loadConfig(stage.context, options), options.firstInvitation === true);
    });
  });
}

async function serve(stage: Stage, output: Output, config: ServerConfig, firstInvitation: boolean): Promise<void> {
  const { context } = stage;
  const { startServer } = await import('@earshot/server/server.ts');
  const server = await startServer({
    dataDir: config.data, host: config.host, port: config.port, trustedProxies: config.trustedProxies,
    push: { on: config.push === 'on', contact: config.contact ?? undefined },
    origin: config.origin ?? undefined, retention: retentionOf(config), webDir: webFolder(), log: logTo(context.err, context.clock),
  });
  let backups = Promise.resolve();
  try {
    const { origin } = server;
    await rememberOrigin(config.data, origin, context.random);
    output.result({ event: 'listening', origin, data: config.data }, `Earshot is listening at ${origin}`);
    if (firstInvitation) await inviteTheFirst(context, output, config, origin);
    // Whatever becomes of them, who is served is served on.
    backups = backUp(stage, output, config).catch((error: unknown) => output.failure(error instanceof Failure ? error : new Failure('server.fault', { reason: String(error) }, { cause: error })));
    await aborted(context.ending);
    if (!output.json) output.note('Earshot ends: it finishes what has begun.');
  } finally {
    // Beside each other: nobody is served on because a place of backups does not answer.
    await Promise.all([backups, server.close()]);
  }
}

async function backUp({ context }: Stage, output: Output, { data, backupTo, backupEvery, backupKeep }: ServerConfig): Promise<void> {
  if (backupTo === null) return;
  const { backUpBeside } = await import('../backup/beside.node.ts');
  await backUpBeside({ context, output }, { data, place: placeName(context, backupTo), every: backupEvery * 1000, keep: backupKeep }, context.ending);
}

/** A fresh one at every start, because the secret of the one before is known to nobody but whoever saw it. */
async function inviteTheFirst({ random }: Context, output: Output, config: ServerConfig, origin: string): Promise<void> {
  const { openOperator } = await import('@earshot/server/operator.ts');
  await using operator = openOperator(config.data);
  if (await operator.hasPeople()) return;
  const { link, expires } = await makeInvitation(operator, random, { origin });
  output.result({ event: 'invitation', link, expires }, `\nNobody is here yet. Open this address to be the first:\n\n  ${link}\n`);
}

/** The app for browsers; without it the server still serves programs. */
function webFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../web/dist', import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import type { Operator } from '@earshot/server/operator.ts';
import type { ServerConfig } from '../config/config.ts';
import { loadConfig, type ConfigOptions } from '../config/load.node.ts';
import type { Context } from '../context.ts';
import { fileFailure, writeWhole } from '../files/write-file.node.ts';
import { common } from '../perform.ts';

export interface OperatorOptions extends ConfigOptions {
  readonly json?: true;
}

/** The options of every command that works on the data folder of a server. */
export function withData(command: Command): Command {
  return common(command)
    .option('--data <dir>', 'folder of the server (default: $EARSHOT_DATA or ./data)')
    .option('--config <file>', 'configuration file (default: earshot.json in that folder)');
}

/** Opens the data folder beside a server that may be running on it. */
export async function openData(context: Context, options: OperatorOptions): Promise<{ operator: Operator; config: ServerConfig }> {
  const config = await loadConfig(context, options);
  const { openOperator } = await import('@earshot/server/operator.ts');
  return { operator: openOperator(config.data), config };
}

/** Registers an invitation of the operator. The secret is in the link only; the server learns its hash. */
export async function makeInvitation(operator: Operator, random: Random, input: { origin: string; for?: string | undefined }): Promise<{ link: string; expires: number }> {
  const secret = makeId(random);
  const { expires } = await operator.invite({ secretSha256: await sha256(utf8(await invitationToken(secret))), ...(input.for === undefined ? {} : { for: input.for }) });
  return { link: `${input.origin}/join#${secret}`, expires };
}

const originFile = 'origin.txt';

/** Lets the operator's other commands know the address that this server goes by. */
export async function rememberOrigin(data: string, origin: string, random: Random): Promise<void> {
  await writeWhole(join(data, originFile), utf8(`${origin}\n`), { force: true, random, mode: 0o600 });
}

/** The address that people open: as set, else as the server was last started, else as it would be started now. */
export async function originOf({ data, origin, port }: ServerConfig): Promise<string> {
  if (origin !== null) return origin;
  const path = join(data, originFile);
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return `http://localhost:${port}`;
    throw fileFailure(error, 'file.unreadable', path);
  }
}

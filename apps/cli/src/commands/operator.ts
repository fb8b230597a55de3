import type { Command } from 'commander';
import { loadConfig, type ConfigOptions } from '../config/load.node.ts';
import type { Context } from '../context.ts';
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

type OpenOperator = typeof import('@earshot/server/operator.ts').openOperator;
export type Operator = Awaited<ReturnType<OpenOperator>>;

/** Opens the data folder beside a server that may be running on it. */
export async function openData(context: Context, options: OperatorOptions): Promise<Operator> {
  const config = await loadConfig(context, options);
  const { openOperator } = await import('@earshot/server/operator.ts');
  return await openOperator({ data: config.data, ...(config.origin === null ? {} : { origin: config.origin }) });
}

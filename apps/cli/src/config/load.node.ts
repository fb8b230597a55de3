import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';
import { configFileName, configFromEnvironment, configFromFile, configFromFlags, defaultData, mergeConfig, type PartialConfig, type ServerConfig } from './config.ts';

/** The options that every command of an operator takes, as commander gives them. */
export interface ConfigOptions {
  readonly data?: string;
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly origin?: string;
  readonly trustedProxy?: readonly string[];
  readonly push?: string;
  readonly contact?: string;
  readonly expiry?: string;
  readonly expiryLeast?: string;
  readonly expiryMost?: string;
  readonly restDays?: string;
  readonly backupTo?: string;
  readonly backupEvery?: string;
  readonly backupKeep?: string;
}

/**
 * Reads the configuration: `--config FILE`, else `earshot.json` in the data folder; the environment wins over the file, the
 * command line over both. Throws `config.invalid` and `file.unreadable`.
 */
export async function loadConfig(context: Pick<Context, 'env' | 'cwd'>, options: ConfigOptions): Promise<ServerConfig> {
  const flags = configFromFlags({
    data: options.data, host: options.host, port: options.port, origin: options.origin, trustedProxies: options.trustedProxy,
    push: options.push, contact: options.contact,
    expiry: options.expiry, expiryLeast: options.expiryLeast, expiryMost: options.expiryMost, restDays: options.restDays,
    backupTo: options.backupTo, backupEvery: options.backupEvery, backupKeep: options.backupKeep,
  });
  const environment = configFromEnvironment(context.env);
  const named = options.config ?? context.env['EARSHOT_CONFIG'];
  const guess = flags.data ?? environment.data ?? defaultData;
  const path = resolve(context.cwd, named ?? join(guess, configFileName));
  const file = await readConfigFile(path, named !== undefined);
  const data = resolve(context.cwd, flags.data ?? environment.data ?? file.data ?? defaultData);
  return mergeConfig(data, file, environment, flags);
}

async function readConfigFile(path: string, mustExist: boolean): Promise<PartialConfig> {
  try {
    return configFromFile(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (!mustExist && error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return {};
    throw fileFailure(error, 'file.unreadable', path);
  }
}

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Vault } from '@earshot/backup/vault.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';

/** Where S3 is, unless `EARSHOT_S3_ENDPOINT` names another one that speaks it. */
const endpointOf = (region: string): string => `https://s3.${region}.amazonaws.com`;

/**
 * The vault that a place on the command line means: a folder, or `s3://BUCKET/FOLDER` with the access that the environment gives
 * (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, EARSHOT_S3_ENDPOINT). Fails with `config.invalid`.
 */
export async function openPlace({ cwd, env, clock, random, ending }: Pick<Context, 'cwd' | 'env' | 'clock' | 'random' | 'ending'>, place: string): Promise<Vault> {
  const bucket = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(place);
  if (bucket === null) return (await import('@earshot/backup/vaults/folder.node.ts')).folderVault(resolve(cwd, place));
  const [, name = '', prefix = ''] = bucket;
  const region = env['AWS_REGION'] ?? 'us-east-1';
  const { s3Vault } = await import('@earshot/backup/vaults/s3.ts');
  return s3Vault({
    bucket: name, prefix, region,
    endpoint: env['EARSHOT_S3_ENDPOINT'] ?? endpointOf(region),
    accessKeyId: needed(env, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed(env, 'AWS_SECRET_ACCESS_KEY'),
  }, { clock, random, signal: ending });
}

/**
 * The same to bring back from: also the one file, a tar archive, that a browser keeps where it can write into no folder. Fails with
 * `backup.damaged` when a file is no such archive, or not the whole of it.
 */
export async function openToRead(context: Parameters<typeof openPlace>[0], place: string): Promise<Vault> {
  const path = placeName(context, place);
  if (place.startsWith('s3://') || !(await isFile(path))) return await openPlace(context, place);
  const { fromTar } = await import('@earshot/backup/vaults/tar.ts');
  const file = await readFile(path).catch((error: unknown) => {
    throw fileFailure(error, 'file.unreadable', path);
  });
  try {
    return fromTar(file);
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.code, { ...error.evidence, target: path }, { cause: error }) : error;
  }
}

/** Of what is not there or cannot be looked at, whoever opens it says more. */
async function isFile(path: string): Promise<boolean> {
  return await stat(path).then((about) => about.isFile(), () => false);
}

function needed(env: Context['env'], variable: string): string {
  const value = env[variable];
  if (value === undefined || value === '') throw new Failure('config.invalid', { variable });
  return value;
}

/** What a place is called wherever one stands. */
export function placeName({ cwd }: Pick<Context, 'cwd'>, place: string): string {
  return place.startsWith('s3://') ? place : resolve(cwd, place);
}

import { isIP } from 'node:net';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import { readTerm, termForm, writeTerm } from '../names/term.ts';

/** How a server is set up. */
export interface ServerConfig {
  /** Folder of everything the server keeps. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** The address people open; fixes links, cookies, passkeys and Origin checks. Null: `http://localhost:PORT`. */
  readonly origin: string | null;
  /** Addresses or networks of proxies whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: readonly string[];
  /** Whether closed apps are woken by web push. */
  readonly push: 'on' | 'off';
  /** How push services reach the operator: a mail address, or an https address. Null: the origin. */
  readonly contact: string | null;
  /** Seconds after it was heard until a message ends where nobody chose; null: it stays. */
  readonly expiry: number | null;
  /** Seconds: the shortest and the longest time that people may choose, beside none. */
  readonly expiryLeast: number;
  readonly expiryMost: number;
  /** Days in which what was removed can be brought back. */
  readonly restDays: number;
  /** Where the running server backs itself up to: a folder, or `s3://BUCKET/FOLDER`; null: it does not. */
  readonly backupTo: string | null;
  /** Seconds between two such backups. */
  readonly backupEvery: number;
  /** How many backups stay there. */
  readonly backupKeep: number;
}

const DAY = 86_400_000;
const leastRest = limits.trashLife / DAY;
/** Ten years: whoever wants longer wants to keep it. */
const mostRest = 3_650;
const mostKept = 99_999;

export type PartialConfig = { readonly [key in keyof ServerConfig]?: ServerConfig[key] };

/** 8417 is free in every list of well-known ports that we looked at. Only this machine is served until another host is named. */
export const defaults: Omit<ServerConfig, 'data'> = {
  host: '127.0.0.1', port: 8417, origin: null, trustedProxies: [], push: 'on', contact: null,
  expiry: null, expiryLeast: 0, expiryMost: limits.expirySeconds, restDays: leastRest,
  backupTo: null, backupEvery: 86_400, backupKeep: 30,
};

export const defaultData = 'data';
export const configFileName = 'earshot.json';

/** The later ones win: defaults, file, environment, flags. Throws `config.invalid` where they contradict each other. */
export function mergeConfig(data: string, ...layers: readonly PartialConfig[]): ServerConfig {
  const config = Object.assign({ ...defaults }, ...layers, { data }) as ServerConfig;
  const { expiry, expiryLeast: least, expiryMost: most } = config;
  if (least > most) throw new Failure('config.invalid', { key: 'expiryLeast', seen: writeTerm(least), must: `not be longer than expiryMost, ${writeTerm(most)}` });
  if (expiry !== null && (expiry < least || expiry > most)) {
    throw new Failure('config.invalid', { key: 'expiry', seen: writeTerm(expiry), must: `be never, or lie between expiryLeast, ${writeTerm(least)}, and expiryMost, ${writeTerm(most)}` });
  }
  return config;
}

/** What the server is told of it. */
export function retentionOf({ expiry, expiryLeast, expiryMost, restDays }: ServerConfig): Retention {
  return { usual: expiry, least: expiryLeast, most: expiryMost, rest: restDays * DAY };
}

/** Reads the text of a configuration file. Throws `config.invalid`, which names the key. */
export function configFromFile(text: string, path: string): PartialConfig {
  const value = parse(text, path);
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(readers, key));
  if (unknown !== undefined) {
    throw new Failure('config.invalid', { file: path, key: unknown, known: Object.keys(readers).join(', ') });
  }
  return readKeys((key) => value[key], (key) => ({ file: path, key }));
}

const variables = {
  host: 'EARSHOT_HOST', port: 'EARSHOT_PORT', origin: 'EARSHOT_ORIGIN', trustedProxies: 'EARSHOT_TRUSTED_PROXIES', data: 'EARSHOT_DATA',
  push: 'EARSHOT_PUSH', contact: 'EARSHOT_CONTACT',
  expiry: 'EARSHOT_EXPIRY', expiryLeast: 'EARSHOT_EXPIRY_LEAST', expiryMost: 'EARSHOT_EXPIRY_MOST', restDays: 'EARSHOT_REST_DAYS',
  backupTo: 'EARSHOT_BACKUP_TO', backupEvery: 'EARSHOT_BACKUP_EVERY', backupKeep: 'EARSHOT_BACKUP_KEEP',
} as const;

/** `EARSHOT_PORT=80` and the like. Throws `config.invalid`, which names the variable. */
export function configFromEnvironment(env: Readonly<Record<string, string | undefined>>): PartialConfig {
  return readKeys((key) => textSetting(key, env[variables[key]]), (key) => ({ variable: variables[key] }));
}

/** What stood on the command line, as text. Throws `config.invalid`, which names the option. */
export function configFromFlags(flags: { readonly [key in keyof ServerConfig]?: string | readonly string[] | undefined }): PartialConfig {
  const option = (key: keyof ServerConfig): string => (key === 'trustedProxies' ? '--trusted-proxy' : `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  return readKeys((key) => textSetting(key, flags[key]), (key) => ({ option: option(key) }));
}

type Reader<Value> = (value: unknown) => Value | Wrong;

class Wrong {
  readonly must: string;
  constructor(must: string) {
    this.must = must;
  }
}

const readers: { readonly [key in keyof ServerConfig]: Reader<ServerConfig[key]> } = {
  data: (value) => (typeof value === 'string' && value !== '' ? value : new Wrong('a folder')),
  host: (value) => (typeof value === 'string' && /^[A-Za-z0-9.:_-]+$/.test(value) ? value : new Wrong('an address or name of this machine')),
  port: (value) => (wholeBetween(value, 0, 65_535) ? value : new Wrong('a whole number from 0 to 65535')),
  origin: readOrigin,
  trustedProxies: (value) =>
    Array.isArray(value) && value.every((one): one is string => typeof one === 'string' && isNetwork(one))
      ? value
      : new Wrong('a list of addresses or networks such as 10.0.0.0/8'),
  push: (value) => (value === 'on' || value === 'off' ? value : new Wrong('on or off')),
  contact: readContact,
  expiry: (value) => (typeof value === 'string' ? readTerm(value) : undefined) ?? (value === 'never' ? null : new Wrong(termForm)),
  expiryLeast: readBound,
  expiryMost: readBound,
  backupTo: (value) => (value === null || (typeof value === 'string' && value !== '') ? value : new Wrong('a folder, or s3://BUCKET/FOLDER')),
  backupEvery: (value) => (typeof value === 'string' ? readTerm(value) : null) || new Wrong('a time such as 6h, 1d or 7d'),
  backupKeep: (value) => (wholeBetween(value, 1, mostKept) ? value : new Wrong(`a whole number from 1 to ${mostKept}`)),
  restDays: (value) => (wholeBetween(value, leastRest, mostRest) ? value : new Wrong(`a whole number of days from ${leastRest} to ${mostRest}`)),
};

function readBound(value: unknown): number | Wrong {
  return (typeof value === 'string' ? readTerm(value) : null) ?? new Wrong('once, or a time after hearing such as 2m, 12h or 30d, at most 365d');
}

/** One address, or the first of a network with the length of what its addresses have in common. */
function isNetwork(text: string): boolean {
  const [, address = '', length] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return bits > 0 && (length === undefined || wholeBetween(Number(length), 1, bits));
}

function wholeBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** As push services want it: `mailto:` or `https:`. */
function readContact(value: unknown): string | null | Wrong {
  if (value === null) return null;
  const text = typeof value === 'string' ? value.replace(/^mailto:/, '') : '';
  if (/^[^\s@/:]+@[^\s@/:]+$/.test(text)) return `mailto:${text}`;
  return text.startsWith('https://') && URL.canParse(text) ? text : new Wrong('a mail address, or an address that begins with https://');
}

function readOrigin(value: unknown): string | null | Wrong {
  if (value === null) return null;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return plain ? url.origin : new Wrong('an address such as https://voice.example.org, with nothing behind the name');
}

function readKeys(valueOf: (key: keyof ServerConfig) => unknown, place: (key: keyof ServerConfig) => Record<string, string>): PartialConfig {
  const found: Record<string, unknown> = {};
  for (const [key, read] of Object.entries(readers) as [keyof ServerConfig, Reader<unknown>][]) {
    const value = valueOf(key);
    if (value === undefined) continue;
    const result = read(value);
    if (result instanceof Wrong) throw new Failure('config.invalid', { ...place(key), seen: shown(value), must: `be ${result.must}` });
    found[key] = result;
  }
  return found;
}

/** The same setting written as text: in a variable or on the command line. */
function textSetting(key: keyof ServerConfig, text: string | readonly string[] | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  if ((key === 'port' || key === 'restDays' || key === 'backupKeep') && typeof text === 'string') return /^\d{1,5}$/.test(text) ? Number(text) : text;
  if (key === 'trustedProxies' && typeof text === 'string') return text.split(',').map((one) => one.trim());
  return text;
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80);
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new Failure('config.invalid', { file: path, must: 'be one JSON object' });
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure('config.invalid', { file: path, message: error.message }, { cause: error });
    throw error;
  }
}

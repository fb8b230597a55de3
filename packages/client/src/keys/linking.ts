import { concat, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { type ChainDevice, chainDevice, type ChainHead, chainHead } from '@earshot/protocol/keys.ts';
import * as v from 'valibot';
import { derive, mac, macFits } from './symmetric.ts';

/**
 * A new device by a code that an old one shows. The code carries 128 random bits that the server never hears; from them follow the token by which
 * the new device signs in, and the keys under which each side proves its message to the other.
 *
 *     code    = "earshot-link:" id "." secret                                  shown by the old device, scanned by the new one
 *     hello   = new device and its public keys, with a proof                   read by the old device before it adds that device to the chain
 *     welcome = head of the chain that holds the new device, with a proof      read by the new device before it believes that chain
 */
type Bytes = Uint8Array<ArrayBuffer>;

const LINK_SECRET_BYTES = 16;
const PROOF_BYTES = 32;

export interface LinkCode {
  readonly id: Id;
  readonly secret: Bytes;
}

export function newLinkCode(id: Id, random: Random): LinkCode {
  return { id, secret: random.bytes(LINK_SECRET_BYTES) };
}

/** Goes into the fragment of a link and into the picture to be scanned. */
export function linkFragment({ id, secret }: LinkCode): string {
  return `${id}.${toBase64Url(secret)}`;
}

/** Null when it is no code for linking. */
export function readLinkFragment(fragment: string): LinkCode | null {
  const [, id, secret] = /^([0-9a-hjkmnp-tv-z]{26})\.([\w-]{22})$/.exec(fragment) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret: fromBase64Url(secret) };
}

/** By which the new device signs in; the old one tells the server its SHA-256. */
export async function linkToken({ secret }: LinkCode): Promise<string> {
  return toBase64Url(derive(secret, 'link 1 session'));
}

export function sealHello(code: LinkCode, device: ChainDevice): Promise<string> {
  return proven(code, 'hello', device);
}

/** The new device; null when whoever said it did not have the code. */
export async function openHello(code: LinkCode, text: string): Promise<ChainDevice | null> {
  return await believed(code, 'hello', text, chainDevice);
}

export function sealWelcome(code: LinkCode, welcome: { readonly person: Id; readonly head: ChainHead }): Promise<string> {
  return proven(code, 'welcome', welcome);
}

/** Whose chain it is and where it stood with the new device in it; null when whoever said it did not have the code. */
export async function openWelcome(code: LinkCode, text: string): Promise<{ person: Id; head: ChainHead } | null> {
  return await believed(code, 'welcome', text, welcomeSchema);
}

const welcomeSchema = v.object({ person: v.string(), head: chainHead });

async function proven(code: LinkCode, what: string, value: unknown): Promise<string> {
  const content = utf8(JSON.stringify(value));
  return toBase64Url(concat([await mac(await proofKey(code, what), content), content]));
}

async function believed<T>(code: LinkCode, what: string, text: string, schema: v.GenericSchema<unknown, T>): Promise<T | null> {
  const bytes = /^[\w-]+$/.test(text) ? fromBase64Url(text) : new Uint8Array();
  const content = bytes.slice(PROOF_BYTES);
  if (!(await macFits(await proofKey(code, what), content, bytes.slice(0, PROOF_BYTES)))) return null;
  return v.parse(schema, JSON.parse(fromUtf8(content)));
}

async function proofKey({ id, secret }: LinkCode, what: string): Promise<Bytes> {
  return derive(secret, `link 1 ${what}`, utf8(id));
}

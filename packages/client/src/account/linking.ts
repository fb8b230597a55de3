import type { Clock } from '@earshot/base/clock.ts';
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainDevice, chainDevice, type ChainHead, chainHead } from '@earshot/protocol/keys.ts';
import type { Link } from '@earshot/protocol/links.ts';
import { base64Url } from '@earshot/protocol/wire.ts';
import * as v from 'valibot';
import type { LinkingFace } from '../earshot-linking.ts';
import { headOf } from '../keys/chain.ts';
import { publicKeysOf } from '../keys/key-pairs.ts';
import { type LinkCode, linkFragment, linkToken, newLinkCode, openHello, openWelcome, readLinkFragment, sealHello, sealWelcome } from '../keys/linking.ts';
import { type DeviceRow, Ring } from '../keys/ring.ts';
import { commitment, digitsNonce, keepsCommitment, sevenDigits } from '../keys/seven-digits.ts';
import { keys } from '../stores/keys.ts';
import { Entering, type EnteringPorts } from './entering.ts';
import type { SessionRow } from './session.ts';

export interface LinkingPorts extends EnteringPorts {
  readonly clock: Clock;
  /** Aborted when everything shall end. */
  readonly signal: AbortSignal;
}

/** A locked device has no open connection, so both sides look. Milliseconds. */
const LOOK = 700;

/**
 * One device of a person lets another one in. Over the link pass
 *
 *     with a code     hello (new), welcome (old): see `keys/linking.ts`
 *     with digits     commitment (new), nonce and head of the chain (old), keys and nonce (new): see `keys/seven-digits.ts`
 *
 * The server carries them and can hold them back; what it changes is noticed by one of the two devices, or by the person who compares.
 */
export class Linking implements LinkingFace {
  readonly #ports: LinkingPorts;
  readonly #entering: Entering;
  readonly #ring: Ring;

  constructor(ports: LinkingPorts) {
    this.#ports = ports;
    this.#ring = new Ring(ports.store);
    this.#entering = new Entering(ports);
  }

  async offer(signal?: AbortSignal): ReturnType<LinkingFace['offer']> {
    const { session, primitives } = this.#ports;
    const row = await session.unlocked();
    const code = newLinkCode(makeId(primitives.random), primitives.random);
    const tokenSha256 = await sha256(utf8(await linkToken(code)));
    const { expires } = await session.asMe(() => this.#ports.api.call('openLink', { body: { id: code.id, tokenSha256 } }));
    return { code: linkFragment(code), expires, admitted: () => this.#admit(code, row, signal) };
  }

  async accept({ code: text, deviceName, signal }: Parameters<LinkingFace['accept']>[0]): Promise<void> {
    const code = readLinkFragment(text);
    if (code === null) throw new Failure('link.expired', { reason: 'code' });
    const row = await this.#sayHello(code, deviceName);
    await this.#closing(code.id, async () => {
      const welcome = await this.#until(code.id, ({ messages }) => messages.find(({ device }) => device !== row.device)?.text ?? null, signal);
      const said = await openWelcome(code, welcome);
      if (said === null || said.person !== row.person || !(await this.#entering.admitted(row, said.head))) throw misbehaves(code.id);
    });
  }

  async ask(signal?: AbortSignal): ReturnType<LinkingFace['ask']> {
    const { session, primitives, api } = this.#ports;
    const row = await session.required();
    const device = await this.#publicOf(await this.#entering.keysOf(row.device));
    const [id, newNonce] = [makeId(primitives.random), digitsNonce(primitives.random)];
    const committed = await commitment(device, newNonce);
    const { expires } = await session.asMe(() => api.call('openLink', { body: { id } }));
    await this.#say(id, 0, toBase64Url(committed));
    const { nonce, head } = await this.#until(id, (link) => saidBy(link, 1, (other) => other !== row.device, answerSchema), signal);
    await this.#say(id, 2, packed({ device, nonce: toBase64Url(newNonce) }));
    const digits = await sevenDigits({ link: id, person: row.person, committed, newNonce, oldNonce: fromBase64Url(nonce), head });
    return { digits, expires, same: () => this.#admittedBy(id, row, head, signal) };
  }

  async asking(): ReturnType<LinkingFace['asking']> {
    const { session, api } = this.#ports;
    const me = await session.unlocked();
    const [{ links }, { devices }] = await session.asMe(() => Promise.all([api.call('links'), api.call('devices')]));
    return links.flatMap(({ id, device, expires, messages }) => {
      const known = devices.find((one) => one.id === device && one.locked);
      return known === undefined || device === me.device || messages.length !== 1 ? [] : [{ link: id, device, name: known.name, expires }];
    });
  }

  async compare(link: Id, signal?: AbortSignal): ReturnType<LinkingFace['compare']> {
    const { session, primitives, chains } = this.#ports;
    const row = await session.unlocked();
    const asking = await this.#until(link, (one) => one, signal);
    const committed = fromBase64Url(asking.messages[0]?.text ?? '');
    const oldNonce = digitsNonce(primitives.random);
    const head = headOf(await chains.fetch(row.person));
    await this.#say(link, 1, packed({ nonce: toBase64Url(oldNonce), head }));
    const { device, nonce } = await this.#until(link, (one) => saidBy(one, 2, (other) => other === asking.device, revealSchema), signal);
    const newNonce = fromBase64Url(nonce);
    if (device.id !== asking.device || !(await keepsCommitment(committed, device, newNonce))) throw misbehaves(link);
    const digits = await sevenDigits({ link, person: row.person, committed, newNonce, oldNonce, head });
    return { digits, same: () => this.#closing(link, async () => void (await this.#add(row, device))) };
  }

  async refuse(link: Id): Promise<void> {
    await this.#ports.session.asMe(() => this.#ports.api.call('closeLink', { params: { id: link } }));
  }

  /** The link stays open for the welcome to be read: the new device closes it. */
  async #admit(code: LinkCode, row: SessionRow, signal: AbortSignal | undefined): Promise<{ device: Id }> {
    try {
      const hello = await this.#until(code.id, ({ messages }) => messages[0] ?? null, signal);
      const device = await openHello(code, hello.text);
      if (device === null || device.id !== hello.device) throw misbehaves(code.id);
      const head = await this.#add(row, device);
      await this.#say(code.id, 1, await sealWelcome(code, { person: row.person, head }));
      return { device: device.id };
    } catch (error) {
      await this.#close(code.id);
      throw error;
    }
  }

  async #add(row: SessionRow, device: ChainDevice): Promise<ChainHead> {
    const { session, ownChain, accountKeys } = this.#ports;
    const own = await this.#ring.device(row);
    return headOf(await session.asMe(() => ownChain.add(row.person, device, { id: own.id, seed: own.signing }, (generation) => accountKeys.seed(generation, row))));
  }

  /** Signs in by the link, or, where somebody is signed in already, only says over it who this is. */
  async #sayHello(code: LinkCode, deviceName: string): Promise<SessionRow> {
    const { session, api } = this.#ports;
    const current = await session.current();
    if (current !== null) {
      await this.#say(code.id, 0, await sealHello(code, await this.#publicOf(await this.#entering.keysOf(current.device))));
      return current;
    }
    const device = await this.#entering.device(`link ${code.id}`, deviceName);
    const own = await this.#entering.keysOf(device.id);
    const hello = await sealHello(code, await this.#publicOf(own));
    const answer = await api.call('linkSignIn', { body: { link: code.id, token: await linkToken(code), hello, device } });
    return await this.#entering.entered(answer, [{ put: keys.entering, value: own }]);
  }

  /** The person has said that both devices show the same: what the head stands for is believed from here on. */
  async #admittedBy(link: Id, row: SessionRow, head: ChainHead, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#until(link, async () => ((await this.#entering.admitted(row, head)) ? true : null), signal);
    } catch (error) {
      // The other device closes the link as soon as this one is in.
      if (!isExpired(error) || !(await this.#entering.admitted(row, head))) throw error;
    }
  }

  async #publicOf(row: DeviceRow): Promise<ChainDevice> {
    return { id: row.id, keys: await publicKeysOf(this.#ports.primitives, row) };
  }

  async #say(link: Id, index: number, text: string): Promise<void> {
    await this.#ports.session.asMe(() => this.#ports.api.call('sayOverLink', { params: { id: link }, body: { index, text } }));
  }

  async #closing<T>(link: Id, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      await this.#close(link);
    }
  }

  /** A link that has served, or that nobody waits for any more, is of no use to anybody. */
  async #close(link: Id): Promise<void> {
    try {
      await this.refuse(link);
    } catch (error) {
      // It ends by itself, ten minutes after it began.
      if (!(error instanceof Failure)) throw error;
    }
  }

  /** What `take` finds in the link, looked at again and again. Rejects with `link.expired` when it is over, here or on the server. */
  async #until<T>(link: Id, take: (link: Link) => T | null | Promise<T | null>, given: AbortSignal | undefined): Promise<T> {
    const { session, api, clock, signal: ending } = this.#ports;
    const signal = given === undefined ? ending : AbortSignal.any([given, ending]);
    while (!signal.aborted) {
      const found = await session.asMe(() => api.call('links')).then(({ links }) => links.find(({ id }) => id === link) ?? 'over', passing);
      if (found === 'over') break;
      const taken = found === null ? null : await take(found);
      if (taken !== null) return taken;
      await clock.sleep(LOOK, signal);
    }
    throw new Failure('link.expired', { link });
  }
}

const answerSchema = v.object({ nonce: base64Url, head: chainHead });
const revealSchema = v.object({ device: chainDevice, nonce: base64Url });

function packed(value: unknown): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}

/** The message in that place; null when there is none yet. What is not as it should be was not said by a device of hers. */
function saidBy<T>({ id, messages }: Link, index: number, by: (device: Id) => boolean, schema: v.GenericSchema<unknown, T>): T | null {
  const message = messages[index];
  if (message === undefined) return null;
  const read = by(message.device) ? v.safeParse(schema, parsed(message.text)) : null;
  if (read?.success !== true) throw misbehaves(id);
  return read.output;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64Url(text))) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

/** The way to the server may come and go while people walk from one device to the other. */
function passing(error: unknown): null {
  if (error instanceof Failure && error.code.startsWith('network.')) return null;
  throw error;
}

function isExpired(error: unknown): boolean {
  return error instanceof Failure && error.code === 'link.expired';
}

function misbehaves(link: Id): Failure {
  return new Failure('server.misbehaves', { what: 'link', link });
}

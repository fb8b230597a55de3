import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { concat, toHex, utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfile } from '@earshot/client/connect.node.ts';
import { parseRecoveryCode } from '@earshot/client/keys/recovery-code.ts';
import type { Entry, Store, Value } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { happening, isMessage, packets, personId, PRE_SKIP, signInToo, town, until } from './town.ts';

/** A wire between devices and server that keeps a copy of everything. */
class TappedWire implements AsyncDisposable {
  readonly #server = createServer();
  readonly #copies: Buffer[] = [];
  readonly #sockets = new Set<Socket>();

  static async open(origin: string): Promise<TappedWire> {
    const wire = new TappedWire();
    const target = new URL(origin);
    wire.#server.on('connection', (near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [from, to] of [[near, far], [far, near]] as const) {
        wire.#sockets.add(from);
        from.on('data', (bytes: Buffer) => wire.#copies.push(bytes));
        from.on('error', () => to.destroy());
        from.pipe(to);
      }
    });
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get origin(): string {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object');
    return `http://127.0.0.1:${address.port}`;
  }

  copy(): Buffer {
    return Buffer.concat(this.#copies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The forms in which something could lie about: as it is, in hex, in both alphabets of base64 wherever it begins, as UTF-16 in either order. */
function tracesOf(secret: Uint8Array): Buffer[] {
  const inBase64 = [0, 1, 2].flatMap((shift) => {
    const text = Buffer.from(concat([new Uint8Array(shift), secret])).toString('base64');
    const inner = text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + secret.length) * 8) / 6));
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const inUtf16 = Buffer.from(Buffer.from(secret).toString(), 'utf16le');
  return [Buffer.from(secret), Buffer.from(toHex(secret)), inUtf16, Buffer.from(inUtf16).swap16(), ...inBase64.map((text) => Buffer.from(text))];
}

const found = (haystack: Buffer, secret: Uint8Array): boolean => tracesOf(secret).some((trace) => haystack.includes(trace));

async function folder(dir: string): Promise<Buffer> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  return Buffer.concat(await Promise.all(names.filter((name) => name.isFile()).map((name) => readFile(join(name.parentPath, name.name)))));
}

/** All byte strings of 32 bytes on a device's key ring: seeds and keys. */
function ringSecrets(entries: readonly Entry[]): Uint8Array[] {
  const collect = (value: Value | undefined): Uint8Array[] => {
    if (value instanceof Uint8Array) return value.length === 32 ? [value] : [];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(collect) : [];
  };
  return entries.flatMap(([, value]) => collect(value));
}

/** The keys of the parts of all messages on a device. */
function contentKeys(entries: readonly Entry[]): string[] {
  return [...JSON.stringify(entries).matchAll(/"key":"([\w-]{43})"/g)].map((match) => match[1] ?? '');
}

const all = (store: Store): Promise<Entry[]> => store.list({ from: '', to: '\uffff' });

test('[SECRET1] nothing that was said, shown or kept secret is on the server’s disk or on the wire', async () => {
  await using place = await town();
  await using wire = await TappedWire.open(place.origin);
  const stores = [memoryStore(), memoryStore(), memoryStore()] as const;
  const tapped = (store: Store): { store: Store; transport: () => ReturnType<typeof httpTransport> } => ({ store, transport: () => httpTransport({ server: wire.origin }) });
  const anna = await place.person('anna', tapped(stores[0]));
  const bert = await place.person('bert', tapped(stores[1]));
  const recoveryCode = (await anna.account.recoveryCode()) ?? '';
  await anna.synced();

  const title = 'Überraschung für Oma';
  const group = await anna.conversations.createGroup({ title, members: [await personId(bert)] });
  const spoken = packets(200, 7);
  const waveform = systemRandom.bytes(256);
  const name = 'Geheime Aufnahme vom Dienstag.wav';
  const arrived = happening(bert, isMessage);
  const take = await anna.outgoing.begin({ take: makeId(systemRandom), conversation: group });
  await take.append(spoken);
  await take.send({ samples: 200 * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform, source: { from: 'file', name } });
  const { message } = await arrived;
  await bert.messages.heard(message, 4);
  await bert.settled();

  // A draft for one's other devices, and a device that comes later and reads all of it.
  const drafted = packets(150, 8);
  const draft = await anna.outgoing.begin({ take: makeId(systemRandom), conversation: group });
  await draft.append(drafted);
  await draft.show({ samples: 150 * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform, source: { from: 'microphone' } }, 'Phone');
  const laptop = await place.device(tapped(stores[2]));
  await signInToo(laptop, anna, 'Laptop');
  await laptop.start();
  await laptop.synced();
  await until(laptop, async () => (await laptop.messages.list(group)).some(({ here }) => here));
  await until(laptop, async () => (await laptop.drafts.list()).length > 0);
  assert.equal((await laptop.conversations.get(group))?.title, title);

  const traffic = wire.copy();
  const disk = await folder(join(place.dir, 'data'));
  const devices = (await Promise.all(stores.map(all))).flat();
  const secrets: [what: string, bytes: Uint8Array][] = [
    ...[...spoken, ...drafted].filter((_, at) => at % 20 === 0).map((packet): [string, Uint8Array] => ['a packet', packet.subarray(0, 24)]),
    ['the waveform', waveform.subarray(0, 30)], ['the title', utf8(title)], ['the title', utf8('Überraschung')], ['the name of the file', utf8('Geheime Aufnahme')],
    ['the recovery code', utf8(recoveryCode)], ['the recovery code', utf8(recoveryCode.replaceAll('-', ''))], ['the recovery secret', parseRecoveryCode(recoveryCode)],
    ...ringSecrets(devices.filter(([key]) => key.startsWith('k/'))).map((bytes): [string, Uint8Array] => ['a key of the ring', bytes]),
    ...contentKeys(devices).map((key): [string, Uint8Array] => ['a content key', Buffer.from(key, 'base64url')]),
  ];
  assert(secrets.filter(([what]) => what === 'a key of the ring').length >= 6 && secrets.some(([what]) => what === 'a content key'));
  for (const [what, bytes] of secrets) {
    assert(!found(traffic, bytes), `${what} on the wire`);
    assert(!found(disk, bytes), `${what} on the disk`);
  }
  // What the server has to know is found in the same way: the search finds what there is.
  assert(found(traffic, utf8(group)) && found(disk, utf8(group)), 'the conversation');
  assert(found(traffic, utf8('anna')) && found(disk, utf8('anna')), 'the handle');
});

test('[SECRET2] a thief with a profile’s folder and without its passphrase reads nothing; its owner has it all back', async () => {
  await using place = await town();
  const dir = join(place.dir, 'profile');
  const bert = await place.person('bert-the-unmistakable');
  const anna = await openProfile({ dir, server: place.origin, passphrase: 'three unrelated words' });
  await anna.account.join({ invitation: await place.invitation(), handle: 'anna', name: 'Anna', password: 'password of anna', deviceName: 'Laptop' });
  const recoveryCode = (await anna.account.recoveryCode()) ?? '';
  await anna.start();
  await anna.synced();
  const title = 'Überraschung für Oma';
  const group = await anna.conversations.createGroup({ title, members: [await personId(bert)] });
  const spoken = packets(60, 9);
  const take = await anna.outgoing.begin({ take: makeId(systemRandom), conversation: group });
  await take.append(spoken);
  await take.send({ samples: 60 * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform: Uint8Array.of(1, 2), source: { from: 'microphone' } });
  const unsent = packets(60, 10);
  await (await anna.outgoing.begin({ take: makeId(systemRandom), conversation: group })).append(unsent);
  await anna[Symbol.asyncDispose]();

  const loot = await folder(dir);
  for (const secret of [utf8(title), utf8('unmistakable'), utf8(recoveryCode), ...[...spoken, ...unsent].map((packet) => packet.subarray(0, 24))]) assert(!found(loot, secret));
  assert(found(loot, utf8(group)), 'ids are there, and found');
  const refuses = (passphrase: string | null, code: string): Promise<void> => assert.rejects(openProfile({ dir, server: place.origin, passphrase }), (error) => error instanceof Failure && error.code === code);
  await refuses(null, 'passphrase.missing');
  await refuses('three related words', 'passphrase.wrong');
  await using again = await openProfile({ dir, server: place.origin, passphrase: 'three unrelated words' });
  assert.equal((await again.conversations.get(group))?.title, title);
  assert.equal(await again.account.recoveryCode(), recoveryCode);
});

test('[SECRET1] the search finds what it looks for, in any form', () => {
  const secret = utf8('Geheime Aufnahme');
  for (const before of ['', 'x', 'xy']) {
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      const text = Buffer.from(`${before}Geheime Aufnahme und mehr`).toString(form);
      assert(found(Buffer.from(`{"body":"${text}"}`), secret), `${form} behind ${before.length}`);
    }
  }
  assert(found(Buffer.from('... Geheime Aufnahme', 'utf16le'), secret));
  assert(!found(Buffer.from('nothing here'), secret));
});

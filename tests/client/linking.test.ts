import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Link } from '@earshot/protocol/links.ts';
import { personId, signInToo, speak, type Town, town, until } from './town.ts';

const fails = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

/** Anna has spoken with Bert. */
async function spoken(place: Town): Promise<{ anna: Earshot; message: string }> {
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const message = await speak(anna, await anna.conversations.direct(await personId(bert)));
  await anna.outgoing.stored(message);
  return { anna, message };
}

/** Bends what the server answers about links. */
const bent = (bend: (links: Link[]) => Link[]) => (real: Transport): Transport => ({
  connect: (...input) => real.connect(...input),
  request: async (request) => {
    const answer = await real.request(request);
    if (request.method !== 'GET' || request.path !== '/v1/links') return answer;
    const { links } = JSON.parse(fromUtf8(await answer.bytes())) as { links: Link[] };
    return { ...answer, bytes: async () => utf8(JSON.stringify({ links: bend(links) })) };
  },
});

async function reads(device: Earshot, message: string, owner: Earshot): Promise<void> {
  await device.start();
  await until(device, async () => (await device.messages.get(message))?.here === true);
  assert.deepEqual(await device.messages.audio(message), await owner.messages.audio(message));
}

test('[PAIR3] a new device that has the code of an old one signs in by it and reads everything; the code serves once', async () => {
  await using place = await town();
  const { anna, message } = await spoken(place);
  const { code, admitted } = await anna.linking.offer();
  const store = memoryStore();
  const next = await place.device({ store });
  const [{ device }] = await Promise.all([admitted(), next.linking.accept({ code, deviceName: 'next' })]);
  const me = await next.account.current();
  assert.deepEqual([me?.device, me?.locked], [device, false]);
  await reads(next, message, anna);
  assert.equal(await store.get('k/entering'), undefined);
  const thief = await place.device();
  await assert.rejects(thief.linking.accept({ code, deviceName: 'thief' }), fails('link.expired'));
  await assert.rejects(thief.linking.accept({ code: 'earshot', deviceName: 'thief' }), fails('link.expired'));
});

test('[PAIR4] who was signed in already is let in by the code too; a code taken back lets nobody in', async () => {
  await using place = await town();
  const { anna, message } = await spoken(place);
  const next = await place.device();
  await next.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'next' });
  const taken = new AbortController();
  const first = await anna.linking.offer(taken.signal);
  const waiting = first.admitted();
  taken.abort();
  await assert.rejects(waiting, fails('link.expired'));
  await assert.rejects(next.linking.accept({ code: first.code, deviceName: 'next' }), fails('link.expired'));
  assert.equal((await next.account.current())?.locked, true);
  const { code, admitted } = await anna.linking.offer();
  await Promise.all([admitted(), next.linking.accept({ code, deviceName: 'next' })]);
  await reads(next, message, anna);
});

test('[PAIR5] a server that puts its own keys in place of the new device’s lets nobody in', async () => {
  await using place = await town();
  const anna = await place.person('anna', { transport: bent((links) => links.map((link) => ({ ...link, messages: link.messages.map(({ device }) => ({ device, text: toBase64Url(utf8('x'.repeat(64))) })) }))) });
  const { code, admitted } = await anna.linking.offer();
  const next = await place.device();
  const accepting = assert.rejects(next.linking.accept({ code, deviceName: 'next' }), fails('link.expired'));
  await assert.rejects(admitted(), fails('server.misbehaves'));
  await accepting;
  assert.equal((await anna.account.devices()).filter(({ locked }) => locked).length, 1);
});

test('[DIGITS2] both devices show the same seven digits, and after both said so the new one reads everything', async () => {
  await using place = await town();
  const { anna, message } = await spoken(place);
  const next = await place.device();
  await next.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'next' });
  const asking = next.linking.ask();
  const [one] = await found(anna);
  assert.equal(one?.name, 'next');
  const old = await anna.linking.compare(one?.link ?? '');
  const fresh = await asking;
  assert.match(old.digits, /^\d{3} \d{4}$/);
  assert.equal(fresh.digits, old.digits);
  assert.equal((await next.account.current())?.locked, true);
  await Promise.all([fresh.same(), old.same()]);
  await reads(next, message, anna);
  assert.deepEqual(await anna.linking.asking(), []);
});

test('[DIGITS3] whose digits differ is refused and stays outside; a server that shows other keys shows other digits or is named', async () => {
  await using place = await town();
  const { anna } = await spoken(place);
  const liar = bent((links) => links.map((link) => ({ ...link, messages: link.messages.map((message, at) => (at === 0 ? { ...message, text: toBase64Url(new Uint8Array(32)) } : message)) })));
  const next = await place.device();
  await next.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'next' });
  const asking = next.linking.ask();
  const [one] = await found(anna);
  const old = await anna.linking.compare(one?.link ?? '');
  const fresh = await asking;
  const outside = assert.rejects(fresh.same(), fails('link.expired'));
  await anna.linking.refuse(one?.link ?? '');
  await outside;
  assert.equal((await next.account.current())?.locked, true);
  assert.equal(fresh.digits, old.digits);

  const cleo = await place.person('cleo', { transport: liar });
  const other = await place.device();
  await other.account.signIn({ handle: 'cleo', password: 'password of cleo', deviceName: 'other' });
  const again = other.linking.ask();
  again.catch(() => undefined);
  const [two] = await found(cleo);
  await assert.rejects(cleo.linking.compare(two?.link ?? ''), fails('server.misbehaves'));
});

test('[REKEY1] [REKEY3] who talks with her is told that a new device came in, by whom, when it was shut out again, and that she came back by her code; what was compared stays', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  const cleo = await place.person('cleo');
  await anna.synced();
  const [a, b, c] = [await personId(anna), await personId(bert), await personId(cleo)];
  const direct = await anna.conversations.direct(b);
  const group = await anna.conversations.createGroup({ title: 'Choir', members: [b, c] });
  await anna.outgoing.stored(await speak(anna, direct));
  await until(bert, async () => (await bert.conversations.get(direct)) !== null && (await bert.conversations.get(group)) !== null);
  await bert.people.compared(a, (await bert.people.safety(a)).identity);
  const why = async (conversation: string): Promise<string[]> => (await bert.conversations.changes(conversation)).flatMap(({ by, change }) => (by === a && change.what === 'keys' ? [change.why] : []));
  assert.deepEqual(await why(direct), []);

  const { code, admitted } = await anna.linking.offer();
  const laptop = await place.device();
  const [{ device }] = await Promise.all([admitted(), laptop.linking.accept({ code, deviceName: 'laptop' })]);
  await until(bert, async () => (await why(direct)).includes('device'));
  await anna.account.revokeDevice(device);
  await until(bert, async () => (await why(direct)).includes('removed'));
  const phone = await place.device();
  await signInToo(phone, anna, 'phone');
  await until(bert, async () => (await why(direct)).includes('recovered'));
  assert.deepEqual(await why(direct), ['device', 'removed', 'recovered']);
  assert.deepEqual(await why(group), await why(direct));
  const { compared, changes } = await bert.people.safety(a);
  assert.deepEqual([compared, changes.map((one) => one.why)], [true, ['device', 'removed', 'recovered']]);
  // Her own devices need no telling, and who knows nobody's keys yet has nothing to compare them with.
  assert.deepEqual((await anna.conversations.changes(direct)).filter(({ change }) => change.what === 'keys'), []);
  // Its place is by its time: not among what was said after it.
  const later = await speak(anna, direct);
  await anna.outgoing.stored(later);
  await until(bert, async () => (await bert.messages.get(later)) !== null);
  const seq = (await bert.messages.get(later))?.seq ?? 0;
  assert.deepEqual((await bert.conversations.changes(direct, { from: seq })).length, 0);
});

/** Once somebody asks. */
async function found(earshot: Earshot): ReturnType<Earshot['linking']['asking']> {
  for (;;) {
    const asking = await earshot.linking.asking();
    if (asking.length > 0) return asking;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

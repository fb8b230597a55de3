import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../ports.ts';
import { Household, type Said } from '../testing/household.ts';
import { letGo } from './let-go.ts';
import { sweep } from './sweep.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

async function three(retention: ConstructorParameters<typeof Household>[0] = {}) {
  const house = new Household(retention);
  const [ada, bo, cy] = [await house.join('ada'), await house.join('bo'), await house.join('cy')];
  const log = await house.group(ada, [bo, cy]);
  const heard = (who: Session, { id }: Said) => house.post(who, log, { class: 'heard', refers: [id] });
  const rules = async (message: Said) => {
    const found = await Promise.all([ada, bo, cy].map((who) => house.read(who, message)));
    return found.map((event) => (event === undefined ? 'nothing' : (event.removed?.rule ?? 'here')));
  };
  const pass = async (ms: number): Promise<void> => {
    house.now += ms;
    await sweep(house.ports);
  };
  return { house, ada, bo, cy, log, heard, rules, pass };
}

test('[RET6] the clock of a message runs for each person from when she heard it; its bytes go when it has run out for everybody', async () => {
  const { house, ada, bo, cy, log, heard, rules, pass } = await three();
  const message = await house.say(ada, log, 120);
  const [blob] = message.blobs;
  assert.ok(blob);
  await pass(90 * DAY);
  assert.deepEqual(await rules(message), ['here', 'here', 'here'], 'nobody has heard it');
  await heard(bo, message);
  await pass(MINUTE);
  await heard(bo, message);
  await heard(cy, message);
  await pass(MINUTE);
  assert.deepEqual(await rules(message), ['here', 'expired', 'here'], 'hearing it again does not begin anew');
  assert.equal(await house.ports.store.uploads.readable(bo.person, blob.id, house.now), null, 'nor is there sound for her, on whichever device');
  assert.ok(await house.ports.store.uploads.readable(cy.person, blob.id, house.now));
  assert.deepEqual(await house.bytes(), [blob.id]);
  await pass(MINUTE);
  assert.deepEqual(await rules(message), ['expired', 'expired', 'expired']);
  assert.deepEqual(await house.bytes(), []);
  const [hers, notice] = [await house.read(bo, message), await house.read(ada, message)];
  assert.equal(hers?.removed?.sha256, notice?.removed?.sha256, 'one hash, for whoever checks the log');
});

test('[RET6] between two sweeps as well there is nothing any more for whom it has ended, and what may be heard once has ended with that', async () => {
  const { house, ada, bo, log, heard, rules } = await three();
  const timed = await house.say(ada, log, 120);
  await heard(bo, timed);
  house.now += 120_000;
  assert.deepEqual(await rules(timed), ['here', 'expired', 'here']);
  const once = await house.say(ada, log, 0);
  await heard(bo, once);
  assert.deepEqual(await rules(once), ['here', 'expired', 'here']);
});

test('[RET8] what nobody heard never expires, also when who could hear it left', async () => {
  const { house, ada, bo, cy, log, rules, pass } = await three();
  const message = await house.say(ada, log, 0);
  for (const who of [bo, cy]) await house.post(who, log, { class: 'members', membership: { remove: [who.person] } });
  await pass(90 * DAY);
  assert.deepEqual(await rules(message), ['here', 'here', 'here']);
  assert.equal((await house.bytes()).length, 1);
});

test('[RET7] what somebody heard who leaves ends for its sender when it would have ended for her, and not before', async () => {
  const { house, ada, bo, cy, log, heard, rules, pass } = await three();
  const [message, kept] = [await house.say(ada, log, 120), await house.say(ada, log, 120)];
  for (const one of [message, kept]) await heard(bo, one);
  for (const who of [bo, cy]) await house.post(who, log, { class: 'members', membership: { remove: [who.person] } });
  await pass(MINUTE);
  assert.equal((await rules(message))[0], 'here');
  await house.post(ada, log, { class: 'keep', refers: [kept.id] });
  await pass(MINUTE);
  assert.deepEqual([(await rules(message))[0], (await rules(kept))[0]], ['expired', 'here']);
  assert.deepEqual(await house.bytes(), kept.blobs.map(({ id }) => id));
});

test('[RET9] keeping stops the clocks for everyone; what may be heard once is kept by its sender only', async () => {
  const { house, ada, bo, cy, log, heard, rules, pass } = await three();
  const [message, once] = [await house.say(ada, log, 120), await house.say(ada, log, 0)];
  await heard(bo, message);
  await pass(MINUTE);
  await house.post(cy, log, { class: 'keep', refers: [message.id] });
  await heard(cy, message);
  await pass(DAY);
  assert.deepEqual(await rules(message), ['here', 'here', 'here']);
  await assert.rejects(house.post(bo, log, { class: 'keep', refers: [once.id] }), { code: 'not-allowed' });
  await heard(bo, once);
  await house.post(ada, log, { class: 'keep', refers: [once.id] });
  await heard(cy, once);
  await pass(DAY);
  assert.deepEqual(await rules(once), ['here', 'expired', 'here'], 'what has ended stays ended');
});

test('[RET10] who lets a message go holds it no longer; when everybody did, there is a notice', async () => {
  const { house, ada, bo, cy, log, rules, pass } = await three();
  const message = await house.say(ada, log);
  const release = (who: Session) => letGo(house.ports, who, log, { messages: [message.id, ada.person], forGood: true });
  for (const who of [ada, bo, bo]) await release(who);
  assert.deepEqual(await rules(message), ['let-go', 'let-go', 'here']);
  await pass(90 * DAY);
  assert.equal((await house.bytes()).length, 1);
  await release(cy);
  await pass(0);
  assert.deepEqual([await rules(message), await house.bytes()], [['let-go', 'let-go', 'let-go'], []]);
  const stranger = await house.join('stranger');
  await assert.rejects(release(stranger), { code: 'not-found' });
});

test('[ROOM2] bytes are held for who holds a message with them, in whichever conversation; not for who only may read them or has sent them', async () => {
  const { house, ada, bo, cy, log } = await three();
  const [message, gone, timed] = [await house.say(ada, log), await house.say(ada, log), await house.say(ada, log, 120)];
  const holders = async ({ blobs: [blob] }: Said): Promise<boolean[]> => await Promise.all([ada, bo, cy].map((who) => house.ports.store.keeping.holds(who.person, blob?.id ?? '', house.now)));
  const stranger = await house.join('stranger');
  assert.equal(await house.ports.store.keeping.holds(stranger.person, message.blobs[0]?.id ?? '', house.now), false);
  await house.post(bo, log, { class: 'heard', refers: [timed.id] });
  house.now += 120_000;
  assert.deepEqual(await holders(timed), [false, false, true], 'a clock has run out: its sender has it as long as one of the others, and not for her own sake');
  await letGo(house.ports, ada, log, { messages: [message.id], forGood: true });
  await house.post(bo, log, { class: 'members', membership: { remove: [bo.person] } });
  assert.deepEqual(await holders(message), [false, false, true]);
  assert.ok(await house.ports.store.uploads.readable(bo.person, message.blobs[0]?.id ?? '', house.now));
  await house.post(ada, log, { class: 'key' });
  await house.post(ada, log, { class: 'remove', refers: [gone.id] });
  assert.deepEqual(await holders(gone), [false, false, false], 'it rests');
  const notes = await house.group(bo, []);
  await house.post(bo, notes, { blobs: message.blobs });
  assert.deepEqual(await holders(message), [false, true, true]);
});

test('[RET10] with the last who leaves goes what only she held', async () => {
  const { house, ada, bo, cy, log, rules, pass } = await three();
  await house.post(bo, log, { class: 'members', membership: { remove: [bo.person] } });
  await house.post(ada, log, { class: 'key' });
  const early = await house.say(ada, log);
  await house.post(cy, log, { class: 'members', membership: { remove: [cy.person] } });
  await house.post(ada, log, { class: 'key' });
  const dan = await house.join('dan');
  await house.post(ada, log, { class: 'members', membership: { add: [dan.person] } });
  const late = await house.say(ada, log);
  await house.post(ada, log, { class: 'members', membership: { remove: [ada.person] } });
  await pass(0);
  assert.deepEqual(await rules(early), ['let-go', 'nothing', 'let-go'], 'who came later never held it');
  assert.deepEqual(await house.bytes(), late.blobs.map(({ id }) => id));
});

test('[RET2] what is removed rests as long as the operator says, comes back whole, or goes at once for good', async () => {
  const { house, ada, bo, log, rules, pass } = await three({ rest: 60 * DAY });
  const [back, gone, over] = [await house.say(ada, log), await house.say(ada, log), await house.say(ada, log)];
  const before = await house.read(bo, back);
  await house.post(ada, log, { class: 'remove', refers: [back.id, gone.id, over.id] });
  assert.deepEqual(await rules(back), ['removed', 'removed', 'removed']);
  await letGo(house.ports, ada, log, { messages: [gone.id, over.id].slice(0, 1), forGood: true });
  await pass(59 * DAY);
  assert.equal((await house.bytes()).length, 2);
  await assert.rejects(house.post(bo, log, { class: 'restore', refers: [back.id] }), { code: 'not-allowed' });
  await assert.rejects(house.post(ada, log, { class: 'restore', refers: [gone.id] }), { code: 'message.rested' });
  await house.post(ada, log, { class: 'restore', refers: [back.id] });
  assert.deepEqual(await house.read(bo, back), before);
  await pass(2 * DAY);
  assert.deepEqual(await house.bytes(), back.blobs.map(({ id }) => id));
  await assert.rejects(house.post(ada, log, { class: 'restore', refers: [over.id] }), { code: 'message.rested' });
  const uncleared = await house.say(ada, log);
  await house.post(ada, log, { class: 'remove', refers: [uncleared.id] });
  house.now += 61 * DAY;
  assert.equal((await house.bytes()).length, 2);
  await assert.rejects(house.post(ada, log, { class: 'restore', refers: [uncleared.id] }), { code: 'message.rested' });
});

test('[RET11] the operator says how short and how long an expiry may be; only messages have one', async () => {
  const { house, ada, log } = await three({ least: 60, most: 3600 });
  await assert.rejects(house.say(ada, log, 0), { code: 'expiry.refused', evidence: { least: 60, most: 3600, seen: 0 } });
  await assert.rejects(house.say(ada, log, 3601), { code: 'expiry.refused' });
  await house.say(ada, log, 3600);
  await assert.rejects(house.post(ada, log, { class: 'signal', expiry: { heard: 60 } }), { code: 'request.invalid' });
  await assert.rejects(house.post(ada, log, { class: 'keep' }), { code: 'request.invalid' });
});

test('[RET13] the clock of a message runs while it rests; restored after that it is over, for its sender too', async () => {
  const { house, ada, bo, cy, log, heard, rules, pass } = await three();
  const message = await house.say(ada, log, 120);
  await house.post(ada, log, { class: 'remove', refers: [message.id] });
  await heard(bo, message);
  await heard(cy, message);
  await pass(10 * MINUTE);
  assert.equal((await house.bytes()).length, 1, 'it rests');
  await house.post(ada, log, { class: 'restore', refers: [message.id] });
  assert.deepEqual(await rules(message), ['expired', 'expired', 'expired']);
  await pass(0);
  assert.deepEqual(await house.bytes(), []);
});

test('[RET13] what has ended for everybody is not there to be kept, also between two sweeps', async () => {
  const { house, ada, bo, cy, log, heard, rules, pass } = await three();
  const message = await house.say(ada, log, 120);
  await heard(bo, message);
  await heard(cy, message);
  house.now += 10 * MINUTE;
  await house.post(cy, log, { class: 'keep', refers: [message.id] });
  assert.deepEqual(await rules(message), ['expired', 'expired', 'expired']);
  await pass(0);
  assert.deepEqual(await house.bytes(), []);
});

test('[RET10] whoever let go of what its sender had taken back does not get it back with the others', async () => {
  const { house, ada, bo, log, rules } = await three();
  const message = await house.say(ada, log, null);
  await house.post(ada, log, { class: 'remove', refers: [message.id] });
  await letGo(house.ports, bo, log, { messages: [message.id], forGood: true });
  await house.post(ada, log, { class: 'restore', refers: [message.id] });
  assert.deepEqual(await rules(message), ['here', 'let-go', 'here']);
});

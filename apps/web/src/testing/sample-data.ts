import type { Id } from '@earshot/base/ids.ts';
import { seededRandom } from '@earshot/base/random.ts';
import type { ConversationChange, Message, MessageState, Recipient } from '@earshot/client/earshot.ts';
import type { Draft } from '@earshot/client/earshot-drafts.ts';
import type { Person } from '@earshot/protocol/people.ts';

/** People and messages to look at. Times are counted back from one fixed evening. */

export const NOW = Date.UTC(2026, 10, 21, 18, 42);
export const minutes = (ago: number): number => NOW - ago * 60_000;
export const person = (number: number): Id => String(number).padStart(26, '0');

const one = (number: number, handle: string, name: string): Person => ({ id: person(number), handle, name, state: 'active', blocked: false, chain: 1 });

export const samplePeople = {
  me: one(1, 'noor', 'Noor Haddad'),
  ada: one(2, 'ada', 'Ada Sørensen'),
  ben: one(3, 'ben', 'Ben Okafor'),
  cleo: one(4, 'cleo', 'Cleo Martin'),
  dov: one(5, 'dov', 'Dov'),
  eli: one(6, 'eli', 'Eli Brandt'),
};

/** Something that looks like speech: words, syllables, breaths. Heights as the audio room makes them. */
export function wave(seed: number, count: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  let word = 0;
  return Uint8Array.from({ length: count }, (_, at) => {
    if (at % 7 === 0) word = random.fraction() < 0.22 ? 0 : 0.55 + random.fraction() * 0.45;
    return Math.round(255 * Math.max(0.16, word * (0.72 + 0.28 * Math.sin(at * 1.9 + seed)) * (0.85 + random.fraction() * 0.15)));
  });
}

interface Sketch {
  readonly in: number;
  readonly from: Person;
  readonly ago: number;
  readonly seconds: number;
  readonly state?: MessageState;
  readonly heard?: boolean;
  readonly more?: Partial<Message>;
}

const { me, ada, ben, cleo, eli } = samplePeople;

const sketches: readonly Sketch[] = [
  { in: 11, from: ada, ago: 1_610, seconds: 38 },
  { in: 11, from: me, ago: 1_602, seconds: 12, state: { at: 'heard' } },
  { in: 11, from: ada, ago: 1_500, seconds: 5, more: { removed: { at: minutes(1_498), by: ada.id, rule: 'removed' } } },
  { in: 11, from: ada, ago: 1_490, seconds: 9, more: { removed: { at: minutes(1_400), by: ada.id, rule: 'expired' }, expiry: { seconds: 120 } } },
  { in: 11, from: ada, ago: 1_480, seconds: 7, more: { resting: { until: minutes(-30_000), whose: 'me' } } },
  { in: 11, from: me, ago: 65, seconds: 71, state: { at: 'heard' }, more: { expiry: { seconds: 30 * 86_400 }, expires: minutes(-1_300) } },
  { in: 11, from: me, ago: 64, seconds: 4, state: { at: 'delivered' } },
  { in: 11, from: ada, ago: 21, seconds: 26, heard: false, more: { expiry: { seconds: 120 } } },
  { in: 11, from: ada, ago: 20, seconds: 143, heard: false },
  { in: 12, from: ben, ago: 300, seconds: 19 },
  { in: 12, from: cleo, ago: 280, seconds: 47 },
  { in: 12, from: cleo, ago: 279, seconds: 8 },
  { in: 12, from: me, ago: 270, seconds: 33, state: { at: 'stored' }, more: { fileName: 'blackbird at dawn.mp3' } },
  { in: 12, from: me, ago: 9, seconds: 15, state: { at: 'sending', posted: false, bytes: 45_000, bytesStored: 12_000, waiting: { code: 'network.unreachable', evidence: {}, until: minutes(-1) } } },
  { in: 12, from: me, ago: 8, seconds: 6, state: { at: 'set-aside', code: 'quota.full', evidence: {} } },
  { in: 13, from: cleo, ago: 2_900, seconds: 64 },
  { in: 13, from: me, ago: 2_890, seconds: 22, state: { at: 'heard' } },
  { in: 13, from: me, ago: 50, seconds: 8, state: { at: 'stored' }, more: { recipients: [{ person: cleo.id, heard: null, stands: { code: 'recipient.away', evidence: { since: minutes(402) } }, devices: [{ device: person(95), delivered: null, seen: minutes(402) }] }] } },
  { in: 14, from: ben, ago: 8_000, seconds: 9, heard: false, more: { here: false, failure: { code: 'message.missing', evidence: {} } } },
  { in: 15, from: cleo, ago: 9_500, seconds: 31 },
  // What ends, what ended, and what was taken away: one of each.
  { in: 16, from: eli, ago: 9_000, seconds: 14, more: { removed: { at: minutes(8_990), by: eli.id, rule: 'expired' }, expiry: { seconds: 120 } } },
  { in: 16, from: eli, ago: 8_900, seconds: 9, more: { removed: { at: minutes(8_890), by: eli.id, rule: 'removed' } } },
  { in: 16, from: me, ago: 8_800, seconds: 9, state: { at: 'heard' }, more: { removed: { at: minutes(8_700), by: me.id, rule: 'removed' }, resting: { until: minutes(-34_500), whose: 'everyone' } } },
  { in: 16, from: eli, ago: 8_700, seconds: 9, more: { removed: { at: minutes(8_600), by: me.id, rule: 'let-go' } } },
  { in: 16, from: eli, ago: 8_650, seconds: 96, more: { resting: { until: minutes(-10_000), whose: 'me' } } },
  { in: 16, from: me, ago: 90, seconds: 52, state: { at: 'heard' }, more: { expiry: { seconds: 120 }, keptFor: { by: eli.id, at: minutes(88) } } },
  { in: 16, from: eli, ago: 3, seconds: 17, more: { expiry: { seconds: 120 }, expires: minutes(-1.6) } },
  { in: 16, from: eli, ago: 2, seconds: 8, heard: false, more: { expiry: { seconds: 0 } } },
  { in: 0, from: me, ago: 4_000, seconds: 11, state: { at: 'stored' } },
];

/** Ada has two devices, one of them at home; Ben’s phone is full and Cleo has been away since noon. */
function recipientsOf(conversation: number, ago: number, { at }: MessageState): Recipient[] {
  const arrived = at === 'delivered' || at === 'heard';
  const adas: Recipient = {
    person: ada.id, heard: at === 'heard' ? minutes(ago - 3) : null, stands: null,
    devices: [{ device: person(92), delivered: arrived ? minutes(ago - 1) : null, seen: minutes(42) }, { device: person(93), delivered: at === 'heard' ? minutes(ago - 4) : null, seen: minutes(1_662) }],
  };
  if (conversation === 11) return [adas];
  if (conversation !== 12 || at !== 'stored') return [];
  return [
    { person: ben.id, heard: null, stands: { code: 'recipient.storage', evidence: {} }, devices: [{ device: person(94), delivered: null, seen: minutes(42) }] },
    { person: cleo.id, heard: null, stands: { code: 'recipient.away', evidence: { since: minutes(402) } }, devices: [{ device: person(95), delivered: null, seen: minutes(402) }] },
  ];
}

export function sampleMessages(): Message[] {
  return sketches.map(({ in: conversation, from, ago, seconds, state = { at: 'delivered' }, heard = true, more = {} }, index) => ({
    id: person(1_000 + index), conversation: person(conversation), seq: index + 1, time: minutes(ago), from: from.id, mine: from === me, samples: seconds * 48_000, seconds,
    waveform: wave(index + 3, Math.min(256, seconds * 10)), sha256: '', fileName: null, forwarded: null, words: null, state, heard, place: 0, here: true, removed: null, failure: null, expiry: null, expires: null, keptFor: null, resting: null,
    deliveredTo: from === me && state.at !== 'stored' ? [{ person: ada.id, device: person(92), at: minutes(ago - 1) }, { person: ada.id, device: person(93), at: minutes(ago - 4) }] : [],
    heardBy: from === me && state.at === 'heard' ? [{ person: ada.id, at: minutes(ago - 3) }] : [],
    kept: from === me ? { begun: minutes(ago) - seconds * 1_000 - 3_000, at: minutes(ago) - 2_000 } : null,
    recipients: from === me ? recipientsOf(conversation, ago, state) : [],
    ...more,
  }));
}

/** What became of the group "Sunday walks". */
export function sampleChanges(conversation: Id): ConversationChange[] {
  if (conversation !== person(12)) return [];
  const at = (seq: number, ago: number, by: Person, change: ConversationChange['change']): ConversationChange => ({ conversation, seq, time: minutes(ago), by: by.id, change });
  return [
    at(1, 320, me, { what: 'created' }),
    at(2, 319, me, { what: 'added', people: [ben.id, cleo.id] }),
    at(9, 275, cleo, { what: 'titled', title: 'Sunday walks' }),
    at(11, 272, ada, { what: 'left' }),
    { ...at(0, 200, ben, { what: 'keys', why: 'device' }), seq: null },
    { ...at(0, 190, cleo, { what: 'keys', why: 'unknown' }), seq: null },
  ];
}

/** Recorded on another device of one's own, and not sent. */
export const sampleDrafts: readonly Draft[] = [
  { take: person(70), conversation: person(11), made: minutes(12), device: 'Chrome · Android', seconds: 42, waveform: wave(70, 160) },
];

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '@earshot/client/earshot.ts';
import type { Person } from '@earshot/protocol/people.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { messageFileName, spokenLength } from '@earshot/client/saving/file-name.ts';
import { readInvitation, readServerAddress } from './link.ts';
import { resolveConversation, resolvePerson, resolveTarget, type Known } from './resolve.ts';

const person = (id: string, handle: string, name: string, state: Person['state'] = 'active'): Person => ({ id, handle, name, state, blocked: false, chain: 1 });
const conversation = (id: string, kind: Conversation['kind'], title: string | null, members: string[] = []): Conversation => ({
  id, kind, title, unheard: 0, muted: false, expiry: null, closed: null, at: 0, last: null,
  members: members.map((one) => ({ person: one, handle: one, name: one, role: 'member', active: true })),
});

const known: Known = {
  me: { person: 'p0', handle: 'anna' },
  people: [person('p1', 'ben', 'Ben'), person('p2', 'ben2', 'Ben'), person('p3', 'carla', 'ben'), person('p4', 'élise', 'Élise Noël'), person('p5', 'gone', 'Gone', 'deleted')],
  conversations: [conversation('c0', 'self', null, ['p0']), conversation('c1', 'group', 'Night shift'), conversation('c2', 'direct', null, ['p0', 'p1']), conversation('c3', 'group', 'Twins'), conversation('c4', 'group', 'twins')],
};

const refusedWith = (code: string) => (error: unknown): boolean => error instanceof Failure && error.code === code;

test('[CLI10] a handle reaches its owner, whatever others call themselves', () => {
  assert.deepEqual(resolveTarget('ben', known), { kind: 'person', id: 'p1' });
  assert.deepEqual(resolveTarget('@BEN2', known), { kind: 'person', id: 'p2' });
});

test('[CLI10] ids, display names, titles and me', () => {
  assert.deepEqual(resolveTarget('p3', known), { kind: 'person', id: 'p3' });
  assert.deepEqual(resolveTarget('c2', known), { kind: 'conversation', id: 'c2' });
  assert.deepEqual(resolveTarget('E\u0301LISE NOE\u0308L', known), { kind: 'person', id: 'p4' });
  assert.deepEqual(resolveTarget('night shift', known), { kind: 'conversation', id: 'c1' });
  assert.deepEqual(resolveTarget('me', known), { kind: 'person', id: 'p0' });
  assert.deepEqual(resolveTarget('Anna', known), { kind: 'person', id: 'p0' });
});

test('[CLI10] a name of several, or of nobody, is refused', () => {
  assert.throws(() => resolveTarget('twins', known), refusedWith('person.ambiguous'));
  assert.throws(() => resolvePerson('Ben', { ...known, people: known.people.slice(1) }.people), refusedWith('person.ambiguous'));
  assert.throws(() => resolveTarget('dora', known), refusedWith('person.unknown'));
  assert.throws(() => resolveTarget('gone', known), refusedWith('person.unknown'));
});

test('[CLI10] a person names the conversation with her', () => {
  assert.equal(resolveConversation('ben', known), 'c2');
  assert.equal(resolveConversation('me', known), 'c0');
  assert.throws(() => resolveConversation('carla', known), refusedWith('not-found'));
});

test('names of files can be written on every disk and say who and how long', () => {
  const time = new Date(2026, 2, 1, 14, 5, 9).getTime();
  assert.equal(messageFileName({ time, from: 'Anna Berg', seconds: 72.2 }, 'ogg'), '2026-03-01 14.05.09 Anna Berg 1m12s.ogg');
  assert.equal(messageFileName({ time, from: '../..\\a:b\u202e\n*', seconds: 0.2 }, 'wav'), '2026-03-01 14.05.09 a b 1s.wav');
  assert.equal(messageFileName({ time, from: '...', seconds: 1 }, 'ogg'), '2026-03-01 14.05.09 somebody 1s.ogg');
  assert.equal(spokenLength(7205), '2h00m05s');
});

test('an invitation link holds the server and, behind its #, the secret', () => {
  const secret = '0123456789abcdefghjkmnpqrs';
  const identity = `.${'aZ0_-'.repeat(8)}abc`;
  assert.deepEqual(readInvitation(`https://voice.example.org:8443/join#${secret.toUpperCase()}`), { server: 'https://voice.example.org:8443', secret });
  assert.deepEqual(readInvitation(`https://voice.example.org/join#${secret}${identity}`), { server: 'https://voice.example.org', secret: secret + identity });
  assert.throws(() => readInvitation('https://voice.example.org/'), refusedWith('command.usage'));
  assert.throws(() => readInvitation(`join#${secret}`), refusedWith('command.usage'));
  assert.equal(readServerAddress('http://localhost:8417/'), 'http://localhost:8417');
  assert.throws(() => readServerAddress('localhost:8417'), refusedWith('command.usage'));
});

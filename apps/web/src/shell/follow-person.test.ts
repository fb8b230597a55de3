import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '@preact/signals';
import type { Who } from '../account/session.ts';
import { followPerson } from './follow-person.ts';

test('[ACC1] [ADMIT2] whoever is gone, in whichever window she signed out, leaves nothing that plays, is recorded, is read to be sent or stands open, also when somebody else is there at once', () => {
  const did: string[] = [];
  const position = signal(0);
  const who = signal<Who | null | undefined>(undefined);
  followPerson({
    session: { who },
    sheets: { close: () => void did.push('sheet closed') },
    notices: { dismiss: () => void did.push('notice dismissed') },
    player: { leave: () => void did.push(`player left at ${position.value}`) },
    recording: { leave: () => void did.push('recording left') },
    importing: { leave: () => void did.push('importing left') },
    drafts: { open: (signedIn) => void did.push(`drafts ${String(signedIn)}`) },
    elsewhere: { open: (signedIn) => void did.push(`elsewhere ${String(signedIn)}`) },
  });
  const told = (): string[] => did.splice(0);
  const left = ['sheet closed', 'notice dismissed', 'player left at 0', 'recording left', 'importing left'];
  const ada: Who = { person: 'ada', handle: 'ada', name: 'Ada', device: 'phone', locked: false };
  assert.deepEqual(told(), [], 'nobody knows yet who is there');
  who.value = ada;
  assert.deepEqual(told(), ['drafts true', 'elsewhere true']);
  who.value = { ...ada, name: 'Ada L.' };
  position.value = 1;
  assert.deepEqual(told(), [], 'she is still the same, wherever in a message she is');
  position.value = 0;
  who.value = { ...ada, person: 'ben' };
  assert.deepEqual(told(), [...left, 'drafts true', 'elsewhere true']);
  who.value = null;
  assert.deepEqual(told(), [...left, 'drafts false', 'elsewhere false']);
  // Signed in and not let in is not there yet.
  who.value = { ...ada, locked: true };
  assert.deepEqual(told(), []);
});

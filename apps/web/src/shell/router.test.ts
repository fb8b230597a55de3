import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DoctorRoute, parsePath, pathOf } from './router.ts';

test('[DOCWEB4] the address of the Doctor holds what happened and where, without a dot in its last part', () => {
  const conversation = '0'.repeat(26);
  const routes: DoctorRoute[] = [
    { at: 'doctor', page: 'visit', code: null, conversation: null },
    { at: 'doctor', page: 'visit', code: 'mic.silent', conversation: null },
    { at: 'doctor', page: 'visit', code: 'recorder.storage-low', conversation },
    { at: 'doctor', page: 'visit', code: 'not-found', conversation },
    { at: 'doctor', page: 'visit', code: null, conversation },
    { at: 'doctor', page: 'microphone', code: null, conversation: null },
    { at: 'doctor', page: 'quick', code: null, conversation: null },
    { at: 'doctor', page: 'gone', code: null, conversation: null },
    { at: 'doctor', page: 'start', code: null, conversation: null },
  ];
  for (const route of routes) {
    assert.deepEqual(parsePath(pathOf(route)), route);
    assert.doesNotMatch(pathOf(route), /\./);
  }
  assert.deepEqual(parsePath('/doctor/nonsense/there'), routes[0]);
});

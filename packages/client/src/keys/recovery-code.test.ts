import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { newRecoverySecret, parseRecoveryCode, RECOVERY_SECRET_BYTES, recoveryCode } from './recovery-code.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secrets = fc.uint8Array({ minLength: RECOVERY_SECRET_BYTES, maxLength: RECOVERY_SECRET_BYTES });

function mistake(text: string): Failure {
  try {
    parseRecoveryCode(text);
  } catch (error) {
    if (error instanceof Failure && error.code === 'recovery.mistyped') return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

test('[RECOVERY1] a code is seven groups of four that give the secret back, however they are typed', () => {
  fc.assert(
    fc.property(secrets, (secret) => {
      const code = recoveryCode(secret);
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
      for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), code.replaceAll('-', ''), `  ${code}\n`, code.replaceAll('0', 'o').replaceAll('1', 'l'), code.replaceAll('-', '–')]) {
        assert.deepEqual(parseRecoveryCode(typed), Uint8Array.from(secret));
      }
    }),
  );
});

test('[RECOVERY2] any one wrong character and any two neighbours that changed places are noticed', () => {
  const code = recoveryCode(newRecoverySecret(seededRandom(4))).replaceAll('-', '');
  for (let at = 0; at < code.length; at += 1) {
    for (const other of ALPHABET.slice(at % 8)) if (other !== code.charAt(at)) mistake(code.slice(0, at) + other + code.slice(at + 1));
    const swapped = code.slice(0, at) + code.charAt(at + 1) + code.charAt(at) + code.slice(at + 2);
    if (swapped !== code && at + 1 < code.length) mistake(swapped);
  }
});

test('[RECOVERY2] the group that was mistyped is named, unless several could be', () => {
  const code = recoveryCode(newRecoverySecret(seededRandom(5)));
  let named = 0;
  let tried = 0;
  for (let at = 0; at < code.length; at += 1) {
    if (code.charAt(at) === '-') continue;
    const other = ALPHABET.charAt((ALPHABET.indexOf(code.charAt(at)) + 11) % ALPHABET.length);
    const { evidence } = mistake(code.slice(0, at) + other + code.slice(at + 1));
    assert.equal(evidence['reason'], 'checksum');
    if (evidence['group'] !== null) assert.equal(evidence['group'], Math.floor(at / 5) + 1);
    named += evidence['group'] === null ? 0 : 1;
    tried += 1;
  }
  assert(named > tried / 2, `${named} of ${tried}`);
});

test('[RECOVERY2] what is too short, too long or no such character is named', () => {
  const code = recoveryCode(newRecoverySecret(seededRandom(6)));
  assert.deepEqual(mistake(code.slice(0, -1)).evidence, { reason: 'length', seen: 27, expected: 28 });
  assert.deepEqual(mistake(`${code}A`).evidence, { reason: 'length', seen: 29, expected: 28 });
  assert.deepEqual(mistake(`${code.slice(0, 7)}U${code.slice(8)}`).evidence, { reason: 'character', group: 2, seen: 'U' });
  assert.equal(mistake('').evidence['reason'], 'length');
});

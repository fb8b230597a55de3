import type { Entry } from './entry.ts';

/** What is said about the recovery code, and on a device that is not let in yet. */
export const recoveryEn = {
  'recovery.title': 'Write this down',
  'recovery.lead': 'This is your recovery code. If you lose all your devices, it alone brings your voice messages back. Nobody else has it, not even the server.',
  'recovery.code': 'Recovery code',
  'recovery.copy': 'Copy',
  'recovery.download': 'Save as file',
  'recovery.file': 'Recovery code for @{handle} at {origin}. Whoever has it can read everything: keep it like a key.',
  'recovery.warning': 'Keep it where only you find it. Without a device and without this code, everything said so far is lost.',
  'recovery.written': 'I have it',
  'recovery.confirmTitle': 'Once more, to be sure',
  'recovery.confirmLead': 'Look at what you kept.',
  'recovery.group': 'Group number {number}',
  'recovery.confirm': 'That is it',
  'recovery.again': 'Show the code again',
  'recovery.other': 'This is not what stands there. Compare it once more; the groups are counted from the left.',
  'recovery.about': 'It brings everything back when all devices are lost. Lost the code? Make a new one as long as you have a device.',
  'recovery.renew': 'Make a new code',
  'recovery.renewTitle': 'Make a new recovery code?',
  'recovery.renewText': 'The code you have now opens nothing any more.',
  'locked.title': 'This device has no key yet',
  'locked.lead': 'You are signed in, {name}. What was said is sealed: your recovery code opens it here.',
  'locked.hint': 'Seven groups of four. Capital letters or small ones, it does not matter.',
  'locked.submit': 'Open',
  'locked.busy': 'Opening …',
  'signIn.recover': 'Come in with the recovery code',
} as const satisfies Record<string, Entry>;

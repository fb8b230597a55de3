import type { Entry } from './entry.ts';

/** What is said about the recovery code, and on a device that is not let in yet. */
export const recoveryEn = {
  'recovery.code': 'Recovery code',
  'recovery.other': 'This is not what stands there. Compare it once more; the groups are counted from the left.',
  'locked.title': 'This device has no key yet',
  'locked.lead': 'You are signed in, {name}. What was said is sealed: another device of yours or your recovery code opens it here.',
  'locked.hint': 'Seven groups of four. Capital letters or small ones, it does not matter.',
  'locked.submit': 'Open',
  'locked.busy': 'Opening …',
  'locked.byCode': 'Use the recovery code',
  'about.safety': 'Safety number',
  'signIn.otherDevice': 'I have another device',
  'settings.addDevice': 'Add a device',
  'settings.deviceLocked': 'Not let in yet',
  'signIn.recover': 'Come in with the recovery code',
} as const satisfies Record<string, Entry>;

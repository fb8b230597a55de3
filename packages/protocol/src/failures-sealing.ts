import type { FailureEntry } from './failure-entries.ts';

/** Keys, chains and what is sealed with them. */
export const sealingFailures = {
  'key.due': { status: 409, owner: 'earshot', cause: 'This conversation needs a new key first, because somebody or some device may no longer read along.', next: 'The app makes it and goes on by itself.' },
  'key.behind': { status: 409, owner: 'earshot', cause: 'The keys or the members of this conversation have just changed.', next: 'It is sealed anew and sent by itself.' },
  'key.missing': { status: 0, owner: 'recipient', cause: 'This device was not given the key to this.', next: 'Wait until another of your devices is online, or ask the person who sent it to send it again.' },
  'key.vanished': { status: 0, owner: 'recipient', cause: 'This message expires, and opens only on the devices that were there when it was said.', next: 'Listen on one of those. Or ask who sent it to keep it, or to send it again.' },
  'chain.refused': { status: 409, owner: 'earshot', cause: 'This change does not fit the list of your devices as it stands.', next: 'The list is read anew, and the change is tried again by itself.' },
  'device.locked': { status: 403, owner: 'you', cause: 'This device cannot open your messages yet.', next: 'Let it in from another of your devices, or enter your recovery code.' },
  'event.forged': { status: 0, owner: 'server', cause: 'This is not what the person said to have sent it has sealed.', next: 'It is kept aside and not shown as theirs. Tell the operator of the server.' },
  'identity.changed': { status: 0, owner: 'recipient', cause: 'The keys of this person are not those that you knew.', next: 'Ask them, face to face or on the phone; then open the safety number with them and say what you found.' },
  'server.misbehaves': { status: 0, owner: 'server', cause: 'What the server says contradicts what people have signed.', next: 'Sending waits, and nothing is lost. Tell the operator of the server.' },
  'recovery.mistyped': { status: 0, owner: 'you', cause: 'This is not a whole recovery code: a character is wrong or missing.', next: 'Compare it with what you wrote down.' },
  'passphrase.wrong': { status: 0, owner: 'you', cause: 'This passphrase does not open this profile.', next: 'Check the file that EARSHOT_PASSPHRASE_FILE names.' },
  'passphrase.missing': { status: 0, owner: 'you', cause: 'This profile is protected by a passphrase.', next: 'Put the passphrase into a file and name it in EARSHOT_PASSPHRASE_FILE.' },
} as const satisfies Record<string, FailureEntry>;

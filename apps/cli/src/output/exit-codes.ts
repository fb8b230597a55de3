import { failures } from '@earshot/protocol/failure-entries.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';

/**
 * What the exit code says. The numbers are those of BSD's sysexits where it has one, so that mail systems and service managers
 * know them too. `docs/command-line.md` holds the same table; a test compares them.
 */
export const exitCodes = {
  0: 'Done. `send`: the message is on the server, durably.',
  1: 'A fault of Earshot or of the server that has no better number here.',
  2: 'The command line cannot be understood.',
  65: 'The audio, or what arrived, cannot be used as it is.',
  66: 'The file to read cannot be opened.',
  67: 'There is no such person, conversation or message, or several have that name.',
  69: 'Not available: no server that answers, no free port, no ffmpeg.',
  73: 'The file or folder cannot be written.',
  74: 'A disk is full, here or at the server.',
  75: 'Kept: the message is in the outbox of this profile, and the next command that connects sends it.',
  77: 'Not allowed: sign in, use another name or invitation, wait, or ask somebody who may.',
  78: 'The settings, or the state of the data folder or of the profile, do not allow it. `check`: there is damage that was not mended.',
  130: 'Ended by an interrupt (Ctrl-C, SIGINT) before it was done.',
  143: 'Ended by SIGTERM before it was done.',
} as const;

export type ExitCode = keyof typeof exitCodes;

/** Codes whose meaning for a script differs from that of their family. */
const single: { readonly [code in FailureCode]?: ExitCode } = {
  'command.usage': 2,
  'audio.needs-ffmpeg': 69,
  'file.exists': 73, 'file.unwritable': 73, 'server.data-unwritable': 73, 'server.data-foreign': 73,
  'device.storage': 74, 'server.storage': 74, 'quota.full': 74,
  'server.data-newer': 78, 'server.data-damaged': 78, 'device.profile-empty': 78, 'device.clock': 78, 'device.damaged': 78, 'outbox.damaged': 78, 'device.profile-locked': 69, 'server.data-in-use': 69,
  'backup.missing': 66, 'backup.target': 73, 'backup.key': 77, 'backup.running': 69, 'restore.occupied': 73, 'restore.unfinished': 78,
  'device.locked': 77, 'key.missing': 69, 'key.vanished': 67,
  'message.removed': 67, 'message.expired': 67, 'message.rested': 67, 'message.missing': 69, 'message.once': 77, 'message.unsent': 69, 'server.fault': 1, 'request.origin': 78,
};

/** By the first word of the code. */
const family: { readonly [word: string]: ExitCode } = {
  audio: 65, backup: 65, blob: 65, event: 65,
  file: 66,
  person: 67, 'not-found': 67,
  network: 69, server: 69, recipient: 69, play: 69,
  config: 78, expiry: 77,
  identity: 77, recovery: 77, link: 77, passphrase: 77,
  invitation: 77, handle: 77, password: 77, session: 77, account: 77, limit: 77, 'not-allowed': 77, conversation: 77,
};

export function exitCodeOf(code: FailureCode): ExitCode {
  return single[code] ?? family[code.split('.')[0] ?? ''] ?? 1;
}

/** Each exit code with the failure codes that end in it, as the documentation lists them. */
export function codesByExit(): Map<ExitCode, FailureCode[]> {
  const table = new Map<ExitCode, FailureCode[]>();
  for (const code of Object.keys(failures) as FailureCode[]) {
    const exit = exitCodeOf(code);
    table.set(exit, [...(table.get(exit) ?? []), code]);
  }
  return table;
}

import type { FailureEntry } from './failure-entries.ts';

/** What only arises at a command line: its arguments, its settings, the files it is told to write. */
export const commandFailures = {
  'command.usage': { status: 0, owner: 'you', cause: 'The command line cannot be understood.', next: 'See `earshot help` and the examples there.' },
  'config.invalid': { status: 0, owner: 'you', cause: 'A setting is unknown or has a value that it cannot have.', next: 'Correct the setting named here.' },
  'file.exists': { status: 0, owner: 'you', cause: 'There is a file of this name already.', next: 'Choose another name, or write over it with --force.' },
  'file.unwritable': { status: 0, owner: 'you', cause: 'The file cannot be written.', next: 'Check that the folder exists and that you may write there.' },
} as const satisfies Record<string, FailureEntry>;

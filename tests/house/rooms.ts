/**
 * Which room may lean on which: the table of ARCHITECTURE.md, and the only place where it is checked.
 * A room is known by its folder; a folder that is missing here may not hold sources.
 */
export type Room = {
  /** The rooms whose files this one may import, by package name. */
  readonly mayImport: readonly string[];
  /** Holds files that run in a page, in a worker and in Node alike, so the ones that do not must say so in their names. */
  readonly portable: boolean;
};

const base = '@earshot/base';
const protocol = '@earshot/protocol';
const audio = '@earshot/audio';
const recorder = '@earshot/recorder';
const client = '@earshot/client';
const server = '@earshot/server';
const faults = '@earshot/faults';
const doctor = '@earshot/doctor';
const backup = '@earshot/backup';

export const rooms: ReadonlyMap<string, Room> = new Map([
  ['packages/base', { mayImport: [], portable: true }],
  ['packages/protocol', { mayImport: [base], portable: true }],
  ['packages/audio', { mayImport: [base], portable: true }],
  ['packages/recorder', { mayImport: [base, protocol, audio], portable: true }],
  ['packages/client', { mayImport: [base, protocol, audio], portable: true }],
  ['packages/server', { mayImport: [base, protocol], portable: false }],
  ['packages/backup', { mayImport: [base, protocol], portable: true }],
  ['packages/faults', { mayImport: [], portable: true }],
  ['packages/doctor', { mayImport: [base, protocol, audio], portable: true }],
  // Node only: it runs the server.
  ['packages/simulation', { mayImport: [base, protocol, audio, recorder, client, server, doctor], portable: false }],
  ['apps/web', { mayImport: [base, protocol, audio, recorder, client, backup, doctor], portable: false }],
  ['apps/cli', { mayImport: [base, protocol, audio, recorder, client, server, backup, doctor, faults], portable: false }],
]);

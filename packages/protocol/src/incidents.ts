/** The parts of a server that can be well or ill, in the order in which people are shown them. */
export const componentNames = ['server', 'database', 'storage', 'uploads', 'live', 'push', 'upkeep', 'backup', 'clock'] as const;
export type ComponentName = (typeof componentNames)[number];

export interface IncidentEntry {
  readonly component: ComponentName;
  readonly severity: 'trouble' | 'down';
  readonly what: string;
  /** What it means for people. */
  readonly means: string;
}

/** The closed list of what can be the matter with a server. */
export const incidentCauses = {
  'server.outage': { component: 'server', severity: 'down', what: 'The server ended without warning.', means: 'It could not be reached. Nothing that it had acknowledged was lost; what was on its way waited on the devices.' },
  'server.announced': { component: 'server', severity: 'trouble', what: 'The people who run this server announced something.', means: 'See their own words.' },
  'database.failed': { component: 'database', severity: 'down', what: 'The database could not be written to disk.', means: 'New messages wait on the devices until the server was started again. Nothing that was acknowledged is lost.' },
  'database.damaged': { component: 'database', severity: 'trouble', what: 'The data folder was found damaged.', means: 'Single messages may not be playable from here. The devices still have their copies.' },
  'storage.full': { component: 'storage', severity: 'down', what: 'The disk is full.', means: 'New messages wait on the devices. What is there can be heard.' },
  'storage.unwritable': { component: 'storage', severity: 'down', what: 'The disk cannot be written.', means: 'New messages wait on the devices. What is there can be heard.' },
  'uploads.failed': { component: 'uploads', severity: 'down', what: 'Sound could not be stored.', means: 'New messages wait on the devices and are tried again by themselves.' },
  'live.failed': { component: 'live', severity: 'trouble', what: 'Open connections are not looked after.', means: 'A device that was signed out may stay connected for longer than it should.' },
  'push.failed': { component: 'push', severity: 'trouble', what: 'Closed apps could not be woken.', means: 'New messages are seen when the app is opened.' },
  'upkeep.failed': { component: 'upkeep', severity: 'trouble', what: 'Clearing up failed.', means: 'What has had its time is kept longer. Nothing else changes.' },
  'backup.stale': { component: 'backup', severity: 'trouble', what: 'The last backup is older than a week.', means: 'Nothing is lost. Should the disk break, what came since would be on the devices only.' },
  'backup.failed': { component: 'backup', severity: 'trouble', what: 'The last backup could not be made.', means: 'Nothing is lost. Until one is made again, what is new is on this server and on the devices only.' },
  'clock.jumped': { component: 'clock', severity: 'trouble', what: 'The clock of the server jumped.', means: 'Times shown from then may be wrong. The order of messages does not depend on it.' },
} as const satisfies Record<string, IncidentEntry>;

export type IncidentCause = keyof typeof incidentCauses;

export function isIncidentCause(text: string): text is IncidentCause {
  return Object.hasOwn(incidentCauses, text);
}

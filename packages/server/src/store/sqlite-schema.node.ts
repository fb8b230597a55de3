import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '@earshot/protocol/failures.ts';

/** Steps from one version of the data to the next. A step that was released is never changed. */
const steps: readonly string[] = [
  `
CREATE TABLE person (
  id TEXT PRIMARY KEY, handle TEXT NOT NULL UNIQUE, name TEXT NOT NULL, state TEXT NOT NULL, password TEXT,
  invited_by TEXT, used INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_invited ON person (invited_by);

CREATE TABLE device (
  id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id), name TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL, seen INTEGER NOT NULL, ended INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_person ON device (person);

CREATE TABLE passkey (
  id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id), name TEXT NOT NULL, public_key BLOB NOT NULL, counter INTEGER NOT NULL,
  transports TEXT NOT NULL, created INTEGER NOT NULL, used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_person ON passkey (person);

CREATE TABLE challenge (id TEXT PRIMARY KEY, person TEXT, challenge TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE try (key TEXT PRIMARY KEY, count INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
  secret TEXT PRIMARY KEY, invited_by TEXT, created INTEGER NOT NULL, expires INTEGER NOT NULL, for_person TEXT REFERENCES person (id),
  used INTEGER, used_by TEXT, used_device TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_by ON invitation (invited_by);

CREATE TABLE block (person TEXT NOT NULL, blocked TEXT NOT NULL, PRIMARY KEY (person, blocked)) STRICT, WITHOUT ROWID;

CREATE TABLE log (id TEXT PRIMARY KEY, kind TEXT NOT NULL, head INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Rows in the order of joining.
CREATE TABLE member (
  standing INTEGER PRIMARY KEY, log TEXT NOT NULL REFERENCES log (id), person TEXT NOT NULL REFERENCES person (id),
  role TEXT NOT NULL, joined INTEGER NOT NULL, ended INTEGER, UNIQUE (log, person)
) STRICT;
CREATE INDEX member_person ON member (person, log);

CREATE TABLE event (
  number INTEGER PRIMARY KEY, log TEXT NOT NULL REFERENCES log (id), seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  person TEXT NOT NULL, class TEXT NOT NULL, envelope TEXT NOT NULL, body TEXT,
  removed_at INTEGER, removed_by TEXT, removed_rule TEXT, UNIQUE (log, seq)
) STRICT;

-- Rows in the order of making, so that the pages of a moment are few whatever the ids are: every page that a commit touches is written.
CREATE TABLE blob (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL REFERENCES person (id), state TEXT NOT NULL, length INTEGER, offset INTEGER NOT NULL,
  sum TEXT, reason TEXT, touched INTEGER NOT NULL
) STRICT;
CREATE INDEX blob_unfinished ON blob (state, touched) WHERE state <> 'closed';
CREATE INDEX blob_open ON blob (owner) WHERE state = 'open';

-- Closed blobs that no event names any more.
CREATE TABLE trash (blob INTEGER PRIMARY KEY REFERENCES blob (number), since INTEGER NOT NULL) STRICT;
CREATE INDEX trash_since ON trash (since);

CREATE TABLE naming (
  blob INTEGER NOT NULL REFERENCES blob (number), event INTEGER NOT NULL REFERENCES event (number), PRIMARY KEY (blob, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX naming_event ON naming (event);

CREATE TABLE cursor (
  log TEXT NOT NULL, device TEXT NOT NULL, person TEXT NOT NULL, delivered INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX cursor_device ON cursor (device);
`,
  `
CREATE TABLE push_keys (one INTEGER PRIMARY KEY, public TEXT NOT NULL, private TEXT NOT NULL) STRICT;

-- Subscriptions, each with at most one wake pending: due is its next time; log and seq are the last message that asked for it.
CREATE TABLE push (
  device TEXT PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE, person TEXT NOT NULL, endpoint TEXT NOT NULL UNIQUE, p256dh TEXT NOT NULL, auth TEXT NOT NULL,
  log TEXT, seq INTEGER, asked INTEGER, due INTEGER, tries INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX push_person ON push (person);
CREATE INDEX push_due ON push (due) WHERE due IS NOT NULL;

CREATE TABLE push_silent (
  device TEXT NOT NULL REFERENCES push (device) ON DELETE CASCADE, log TEXT NOT NULL, PRIMARY KEY (device, log)
) STRICT, WITHOUT ROWID;

-- However a session ends, nothing wakes the device any more.
CREATE TRIGGER push_ended AFTER UPDATE OF ended ON device WHEN new.ended IS NOT NULL BEGIN DELETE FROM push WHERE device = new.id; END;
`,
  `
-- When the server was last known to live, and whether it ended as it should.
CREATE TABLE life (only INTEGER PRIMARY KEY CHECK (only = 1), alive INTEGER NOT NULL, ended INTEGER NOT NULL) STRICT;
CREATE TABLE incident (id TEXT PRIMARY KEY, cause TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, note TEXT) STRICT, WITHOUT ROWID;
`,
  // What a device could not take, as JSON; and how often its row changed, so that others see that something did.
  `
ALTER TABLE cursor ADD COLUMN troubles TEXT NOT NULL DEFAULT '[]';
ALTER TABLE cursor ADD COLUMN changes INTEGER NOT NULL DEFAULT 1;
`,
  // Sealing. Chains of devices and keys as their persons signed them; seeds and keys that only their receivers can open. What was said
  // before has no keys: the next thing said in a log begins with one.
  `
ALTER TABLE person ADD COLUMN chain INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN account INTEGER NOT NULL DEFAULT 0;
CREATE TABLE chain (
  person TEXT NOT NULL REFERENCES person (id), place INTEGER NOT NULL, hash TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (person, place)
) STRICT;
-- Devices in the chain that are not revoked.
CREATE TABLE chain_device (person TEXT NOT NULL REFERENCES person (id), device TEXT NOT NULL, PRIMARY KEY (person, device)) STRICT, WITHOUT ROWID;
CREATE TABLE account_grant (
  person TEXT NOT NULL REFERENCES person (id), generation INTEGER NOT NULL, receiver TEXT NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (person, generation, receiver)
) STRICT;
CREATE TABLE predecessor (
  person TEXT NOT NULL REFERENCES person (id), generation INTEGER NOT NULL, before INTEGER NOT NULL, wrapped TEXT NOT NULL, PRIMARY KEY (person, generation)
) STRICT;

ALTER TABLE log ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE log ADD COLUMN due INTEGER NOT NULL DEFAULT 1;
CREATE TABLE granted (
  event INTEGER NOT NULL REFERENCES event (number), person TEXT NOT NULL, account INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (event, person)
) STRICT;
-- SHA-256 of a body that is gone.
ALTER TABLE event ADD COLUMN removed_sum TEXT;
UPDATE event SET removed_sum = printf('%064d', 0) WHERE removed_at IS NOT NULL;

CREATE TABLE link (
  id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id), device TEXT NOT NULL, token TEXT UNIQUE, used_by TEXT, expires INTEGER NOT NULL, messages TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_person ON link (person);

-- The conversation whose members may fetch a blob while it grows.
ALTER TABLE blob ADD COLUMN log TEXT;
`,
  // Keeping. How many seconds after it was heard a message ends (null: never, or somebody keeps it), and from when on somebody no longer holds it.
  // What was removed keeps its body and its bytes while it rests. Bytes that nobody holds go at once: the trash is emptied for good.
  `
ALTER TABLE event ADD COLUMN term INTEGER;
CREATE INDEX event_resting ON event (removed_at) WHERE removed_at IS NOT NULL AND body IS NOT NULL;
CREATE TABLE ending (
  event INTEGER NOT NULL REFERENCES event (number), person TEXT NOT NULL, at INTEGER NOT NULL, rule TEXT NOT NULL, settled INTEGER NOT NULL, PRIMARY KEY (event, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX ending_due ON ending (at) WHERE settled = 0;

UPDATE person SET used = used - (SELECT total(b.offset) FROM trash t JOIN blob b ON b.number = t.blob WHERE b.owner = person.id)
  WHERE id IN (SELECT b.owner FROM trash t JOIN blob b ON b.number = t.blob);
UPDATE blob SET state = 'gone', sum = NULL WHERE number IN (SELECT blob FROM trash);
DROP TABLE trash;
`,
  // Beginning anew. The chain that was, with the seeds that nobody is given any more: what others said they know by it, and nothing of it is destroyed.
  // Whoever began anew reads from there on, and holds what she held.
  `
CREATE TABLE former_chain (
  number INTEGER PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id), identity TEXT NOT NULL, entries TEXT NOT NULL, seeds TEXT NOT NULL, UNIQUE (person, identity)
) STRICT;
ALTER TABLE member ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
-- The recovery key that a passkey yields as well.
ALTER TABLE passkey ADD COLUMN recovery TEXT;
`,
  // Keys for what shall vanish: the newest prekey of each device, and seeds that only one device can open.
  `
CREATE TABLE prekey (
  device TEXT PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE, number INTEGER NOT NULL, key TEXT NOT NULL, signature TEXT NOT NULL
) STRICT;
CREATE TABLE device_granted (
  event INTEGER NOT NULL REFERENCES event (number), device TEXT NOT NULL, prekey INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (event, device)
) STRICT;
-- However a session ends, nothing new is sealed to the device.
CREATE TRIGGER prekey_ended AFTER UPDATE OF ended ON device WHEN new.ended IS NOT NULL BEGIN DELETE FROM prekey WHERE device = new.id; END;
`,
  // However a session ends, nobody signs in by what it left behind. Which device made an invitation is not known: all that its person made for herself go.
  `
CREATE TRIGGER link_ended AFTER UPDATE OF ended ON device WHEN new.ended IS NOT NULL BEGIN DELETE FROM link WHERE person = new.person AND (device = new.id OR used_by = new.id); END;
CREATE TRIGGER invitation_ended AFTER UPDATE OF ended ON device WHEN new.ended IS NOT NULL BEGIN DELETE FROM invitation WHERE invited_by = new.person AND for_person = new.person AND used IS NULL; END;
DELETE FROM link WHERE EXISTS (SELECT 1 FROM device d WHERE d.ended IS NOT NULL AND d.id IN (link.device, link.used_by));
DELETE FROM invitation WHERE for_person = invited_by AND used IS NULL;
`,
  // Whether the person herself ended a session: only then what lies on the device shall go. And for how long no server lived since a device was last seen: that
  // counts for no session. Of those that have ended the chain tells which were revoked.
  `
ALTER TABLE device ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN spared INTEGER NOT NULL DEFAULT 0;
UPDATE device SET revoked = 1 WHERE ended IS NOT NULL AND NOT EXISTS (SELECT 1 FROM chain_device c WHERE c.device = device.id AND c.person = device.person);
`,
];

/** The newest that this program knows. */
export const DATA_VERSION = steps.length;

/** Brings the data to this program's version, each step as a whole; refuses data that is newer. */
export function migrate(database: DatabaseSync, path: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const row = database.prepare('PRAGMA user_version').get();
    const version = Number(row?.['user_version'] ?? 0);
    if (version > steps.length) throw new Failure('server.data-newer', { path, version, known: steps.length });
    for (const step of steps.slice(version)) database.exec(step);
    if (version < steps.length) database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

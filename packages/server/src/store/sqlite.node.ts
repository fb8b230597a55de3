import { accessSync, chmodSync, closeSync, constants, existsSync, fdatasync, fdatasyncSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '@earshot/protocol/failures.ts';
import { syncFolder } from '../blobs/segment-file.node.ts';
import { isFull } from '../status/vitals.ts';
import { GroupCommit, SQLITE_CORRUPT, SQLITE_NOTADB, sqliteCode, storageFailure, type Sync } from './sqlite-commit.node.ts';
import { SqliteChains } from './sqlite-chains.node.ts';
import { SqliteCredentials } from './sqlite-credentials.node.ts';
import { SqliteDevices } from './sqlite-devices.node.ts';
import { SqliteInvitations } from './sqlite-invitations.node.ts';
import { SqliteKeeping } from './sqlite-keeping.node.ts';
import { SqliteLinks } from './sqlite-links.node.ts';
import { SqliteLogs } from './sqlite-logs.node.ts';
import { SqlitePeople } from './sqlite-people.node.ts';
import { SqlitePrekeys } from './sqlite-prekeys.node.ts';
import { SqlitePush } from './sqlite-push.node.ts';
import { SqliteSessions } from './sqlite-sessions.node.ts';
import { migrate } from './sqlite-schema.node.ts';
import { SqliteTries } from './sqlite-tries.node.ts';
import { SqliteUploads } from './sqlite-uploads.node.ts';
import { SqliteStatus } from './sqlite-status.node.ts';
import type { Store } from './store.ts';

/** Read and written by its owner only. */
const OWN = 0o600;
const SQLITE_IOERR = 10;
/** Bytes. */
const ROOM_TO_OPEN = 65_536;

/**
 * Opens the store in the file at `path` (`:memory:` for one that ends with the process). Several processes may have it open.
 * Fails with `server.data-unwritable`, `server.storage`, `server.data-newer` or `server.data-damaged`.
 */
export function openSqliteStore(path: string): Store {
  const database = openDatabase(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536');
    migrate(database, path);
    return path === ':memory:' ? storeOf(database, (_, done) => done(null), () => undefined) : durableStore(database, path);
  } catch (error) {
    database.close();
    throw openingFailure(error, path);
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      accessSync(dirname(path), constants.W_OK | constants.X_OK);
      shut(path);
    }
    return new DatabaseSync(path, { timeout: 5000 });
  } catch (error) {
    throw openingFailure(error, path);
  }
}

/**
 * Whose passwords and tokens these are is nobody else's business, and SQLite would let everybody on this machine read its file; its log takes the rights
 * of the file. One that is there is never opened here: closing it would end every lock that this process has on it.
 */
function shut(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', OWN));
  for (const end of ['', '-wal', '-shm']) {
    try {
      chmodSync(path + end, OWN);
    } catch {
      // Not there, or another user's, who shuts it himself: this one may still be allowed to write.
    }
  }
}

/** What keeps a file of the data folder from being opened, in our codes. */
export function openingFailure(error: unknown, path: string): unknown {
  if (error instanceof Failure) return error;
  const code = sqliteCode(error);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return new Failure('server.data-damaged', { path }, { cause: error });
  if (isFull(storageFailure(error)) || (code === SQLITE_IOERR && !hasRoom(path))) return new Failure('server.storage', { path }, { cause: error });
  return new Failure('server.data-unwritable', { path, reason: error instanceof Error ? error.message : 'unknown' }, { cause: error });
}

/** What its log and the index of that need to be begun. SQLite says only that something failed, not that this was missing. */
function hasRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(existsSync(path) ? path : dirname(path));
    return bavail * bsize >= ROOM_TO_OPEN;
  } catch {
    return true;
  }
}

/**
 * With `synchronous = NORMAL` SQLite orders its writes for power cuts, and leaves out only the fsync of the log after a commit.
 * That one we do ourselves, in a thread: the event loop goes on meanwhile. The log's file is the same as long as a connection
 * is open.
 */
function durableStore(database: DatabaseSync, path: string): Store {
  const log = openSync(`${path}-wal`, 'r+');
  try {
    syncFolder(dirname(path));
    return storeOf(database, (waiting, done) => (waiting === 1 ? syncNow(log, done) : fdatasync(log, done)), () => closeSync(log));
  } catch (error) {
    closeSync(log);
    throw error;
  }
}

/** For one that is alone the way to a thread and back would be longer than the fsync. */
function syncNow(file: number, done: (error: Error | null) => void): void {
  try {
    fdatasyncSync(file);
  } catch (error) {
    return done(error instanceof Error ? error : new Error('fsync failed', { cause: error }));
  }
  done(null);
}

function storeOf(database: DatabaseSync, sync: Sync, closed: () => void): Store {
  const commit = new GroupCommit(database, sync);
  const sessions = new SqliteSessions(database);
  return {
    people: new SqlitePeople(database, commit, sessions),
    devices: new SqliteDevices(database, commit, sessions),
    chains: new SqliteChains(database, commit, sessions),
    prekeys: new SqlitePrekeys(database, commit),
    links: new SqliteLinks(database, commit, sessions),
    credentials: new SqliteCredentials(database, commit),
    invitations: new SqliteInvitations(database, commit),
    logs: new SqliteLogs(database, commit),
    keeping: new SqliteKeeping(database, commit),
    uploads: new SqliteUploads(database, commit),
    tries: new SqliteTries(database, commit),
    push: new SqlitePush(database, commit),
    status: new SqliteStatus(database, commit),
    close: async () => {
      await commit.close();
      database.close();
      closed();
    },
  };
}

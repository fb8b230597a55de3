import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What this machine's disk gives at best for the same work, one after the other: the bytes of a message written and fsynced, and one
 * durable insert. Messages a second.
 */
export function measureFloor(bytes: Buffer, seconds: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-floor-'));
  const database = new DatabaseSync(join(folder, 'floor.sqlite'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE message (id INTEGER PRIMARY KEY, body BLOB)');
  const insert = database.prepare('INSERT INTO message (body) VALUES (?)');
  const body = Buffer.alloc(700, 1);
  const until = performance.now() + seconds * 1000;
  const begun = performance.now();
  let count = 0;
  while (performance.now() < until) {
    const file = openSync(join(folder, `${count}`), 'w');
    writeSync(file, bytes);
    fdatasyncSync(file);
    closeSync(file);
    insert.run(body);
    count += 1;
  }
  const rate = (count * 1000) / (performance.now() - begun);
  database.close();
  rmSync(folder, { recursive: true, force: true });
  return rate;
}

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { backUp } from '@earshot/backup/back-up.ts';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import { folderVault } from '@earshot/backup/vaults/folder.node.ts';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { writePackets } from '@earshot/audio/packet-stream.ts';
import { concat } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { beginContent } from '@earshot/client/keys/content.ts';
import { BringingBack } from '@earshot/client/recovery/bring-back.ts';
import { type Elsewhere, openOwnCopy } from '@earshot/client/recovery/own-copy.ts';
import { emptyLog, type MessageRow } from '@earshot/client/replica/row.ts';
import type { Store } from '@earshot/client/store.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
import { SegmentBlobs } from '@earshot/server/blobs/segments.node.ts';
import { openDataSource } from '@earshot/server/backup/source.node.ts';
import { openSqliteStore } from '@earshot/server/store/sqlite.node.ts';
import { type Acknowledged, kill, load, startVictim } from '../packages/server/src/testing/kill-rounds.ts';
import { World } from '../packages/server/src/testing/world.ts';
import type { Row } from './table.ts';

const MESSAGES = 10_000;
const GIGABYTE = 1_073_741_824;
/** Of the server that is backed up twice. The aim names 10: that takes as much room twice, and a quarter of an hour. */
const GIGABYTES = Number(process.env['EARSHOT_BENCH_GIGABYTES'] ?? 1);
const PIECE = 1_048_576;
const WRITERS = 8;
/** Milliseconds. */
const SPAN = 8_000;
const earshot = fileURLToPath(new URL('../apps/cli/bin/earshot.mjs', import.meta.url));

/** Backups: of a person with 10,000 messages and back; of a server that grew by a hundredth; of one that is at work. */
export async function measureBackup(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-backup-'));
  try {
    return [...(await person(join(folder, 'person'))), await grown(join(folder, 'grown')), await atWork(join(folder, 'work'))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const me = { person: makeId(systemRandom), handle: 'ada', name: 'Ada', device: makeId(systemRandom), token: null, locked: false, ended: null };
const log = makeId(systemRandom);

async function repositoryAt(folder: string): Promise<{ repository: Repository; secret: string }> {
  const { secret, recipient } = await makeBackupKey();
  return { secret, repository: await Repository.create(folderVault(folder), { recipient, salt: systemRandom.bytes(32), made: 0 }) };
}

/** All of it is on the device. */
const nowhere: Elsewhere = { has: () => Promise.resolve(false), bytes: () => Promise.resolve(null) };

async function person(folder: string): Promise<Row[]> {
  const { repository, secret } = await repositoryAt(folder);
  const rows = await written(sqliteStore(`${folder}.db`));
  const before = sqliteStore(`${folder}.db`);
  const begun = performance.now();
  const made = await backUp({ repository, source: await openOwnCopy(before, me, nowhere), clock: systemClock, random: systemRandom });
  const backedUp = performance.now() - begun;
  await before.close();
  // The device is lost: on the new one there is what the server says of each message, and no sound.
  rmSync(`${folder}.db`);
  const after = sqliteStore(`${folder}.new.db`);
  await after.commit([{ put: keys.session, value: me }, { put: keys.log(log), value: { ...emptyLog, id: log, kind: 'group', members: [], applied: MESSAGES } }]);
  for (let at = 0; at < rows.length; at += 500) await after.commit(rows.slice(at, at + 500).flatMap((row) => [{ put: keys.message(log, row.seq), value: { ...row, here: false } }, { put: keys.at(row.id), value: { log, seq: row.seq } }]));
  const restoring = performance.now();
  const { restored, damaged } = await new BringingBack(after, new SnapshotFiles(repository, made, secret), {}, me).run(() => undefined, new AbortController().signal);
  const restoredIn = performance.now() - restoring;
  let equal = 0;
  for (const { blobs } of rows) for (const blob of blobs) equal += Number((await sha256(concat((await after.list(below(`b/${blob.id}`))).map(([, value]) => value as Uint8Array)))) === blob.sha256);
  await after.close();
  const note = `${String(restored.length)} restored, ${String(damaged.length)} damaged; ${(made.bytes / 1e6).toFixed(0)} MB backed up in ${(backedUp / 1000).toFixed(1)} s, restored in ${(restoredIn / 1000).toFixed(1)} s`;
  return [{ what: `a person's ${MESSAGES} messages, backed up, device lost, restored: equal hashes`, measured: equal, unit: 'messages', aim: MESSAGES, better: 'higher', note }];
}

/** Sealed as the app seals them: ten seconds each at a low rate. */
async function written(store: Store): Promise<MessageRow[]> {
  await store.commit([{ put: keys.session, value: me }, { put: keys.log(log), value: { ...emptyLog, id: log, kind: 'group', members: [], applied: MESSAGES } }]);
  const rows: MessageRow[] = [];
  for (let seq = 1; seq <= MESSAGES; seq += 1) {
    const packets = Array.from({ length: 100 }, () => Uint8Array.of(248, ...systemRandom.bytes(100)));
    const plain = writePackets(packets);
    const sealer = await beginContent(systemRandom);
    const sealed = concat([await sealer.push(plain), await sealer.finish()]);
    const samples = packets.length * 960 - 312;
    const blob = { id: makeId(systemRandom), length: sealed.length, sha256: await sha256(sealed) };
    const content = { parts: [{ packets: packets.length, bytes: plain.length, key: sealer.key }], samples, preSkip: 312, sha256: await sha256(writeOggOpus({ packets, preSkip: 312, samples })), waveform: '', fileName: null };
    const row: MessageRow = { id: makeId(systemRandom), log, seq, at: seq, person: me.person, content, blobs: [blob], here: true, heard: true, heardBy: [], removed: null, failure: null };
    rows.push(row);
    await store.commit([{ put: keys.message(log, seq), value: row }, { put: keys.at(row.id), value: { log, seq } }, { put: keys.bytes(blob.id, 0), value: sealed }]);
  }
  await store.close();
  return rows;
}

export async function grown(folder: string): Promise<Row> {
  const { repository } = await repositoryAt(`${folder}-vault`);
  const blobs = new SegmentBlobs(join(folder, 'blobs'));
  await openSqliteStore(join(folder, 'earshot.db')).close();
  const grow = async (bytes: number): Promise<void> => {
    for (let at = 0; at < bytes; at += PIECE) await blobs.write(makeId(systemRandom), 0, randomBytes(PIECE));
  };
  const timed = async (): Promise<number> => {
    await using source = await openDataSource(folder);
    const begun = performance.now();
    await backUp({ repository, source, clock: systemClock, random: systemRandom });
    return performance.now() - begun;
  };
  await grow(GIGABYTES * GIGABYTE);
  const first = await timed();
  await grow((GIGABYTES * GIGABYTE) / 100);
  const second = await timed();
  await blobs.close();
  return { what: `second backup of a server of ${String(GIGABYTES)} GB that grew by 1 %, share of the first one’s time`, measured: (100 * second) / first, unit: '%', aim: 5, better: 'lower', note: `${(first / 1000).toFixed(1)} s and ${(second / 1000).toFixed(2)} s; the aim names 10 GB` };
}

async function atWork(data: string): Promise<Row> {
  const server = await startVictim(data);
  try {
    const joined = await new World({ port: server.port } as World['server'], data).join('alice');
    const direct = await joined.direct(joined.person);
    const said: Acknowledged[] = [];
    const writers = Array.from({ length: WRITERS }, () => load(joined, direct, said, new Map()));
    const rate = async (): Promise<number> => {
      const before = said.length;
      await pause(SPAN);
      return ((said.length - before) * 1000) / SPAN;
    };
    const alone = await rate();
    const over = new AbortController();
    const backing = (async (): Promise<void> => {
      while (!over.signal.aborted) await promisify(execFile)(process.execPath, [earshot, 'backup', '--server', '--data', data, '--to', `${data}-vault`, '--json']);
    })();
    const beside = await rate();
    over.abort();
    await kill(server.process);
    await Promise.all([...writers, backing.catch(() => undefined)]);
    return { what: 'messages a second that a server takes, fall while backups are made without pause', measured: (100 * (alone - beside)) / alone, unit: '%', aim: 20, better: 'lower', note: `${alone.toFixed(0)} a second alone, ${beside.toFixed(0)} beside them; writers, server and backup share the processor` };
  } finally {
    await kill(server.process);
  }
}

import assert from 'node:assert/strict';
import fs, { appendFileSync, chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { silentLog } from '@earshot/base/log.ts';
import { SegmentBlobs } from '../blobs/segments.node.ts';
import { startServer } from '../server.ts';
import { type Caller, hashOf, newId, noise, World } from '../testing/world.ts';
import { checkData } from './check.node.ts';
import { type Finding, findingKinds, type FindingCode } from './findings.ts';
import { repairData } from './repair.node.ts';
import { scanSegments } from './scan.node.ts';

const start = (dataDir: string) => startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog });

interface House {
  readonly dataDir: string;
  readonly alice: Caller;
  /** Three messages of 5,000, 70,000 and 3,000 bytes, in the order of their places. */
  readonly blobs: readonly string[];
  readonly open: string;
  readonly log: string;
}

/** A real data folder: messages, an upload under way, and the server gone. */
async function house(t: TestContext): Promise<House> {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-check-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  await using server = await start(dataDir);
  const alice = await new World(server, dataDir).join('alice');
  const log = await alice.direct(alice.person);
  const blobs: string[] = [];
  for (const length of [5_000, 70_000, 3_000]) {
    const blob = await alice.upload(noise(length));
    await alice.post(alice.envelope(log, { blobs: [blob] }));
    blobs.push(blob.id);
  }
  const open = newId();
  await alice.tus('POST', '/v1/uploads', { 'upload-length': '9000', 'upload-metadata': `id ${Buffer.from(open).toString('base64')}` }, noise(9_000).subarray(0, 4_000));
  return { dataDir, alice, blobs, open, log };
}

const segment = (dataDir: string): string => join(dataDir, 'blobs', '000001.seg');
const codes = (dataDir: string): string[] => checkData(dataDir).findings.map(({ code }) => code);

function write(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function sql(dataDir: string, text: string): void {
  const database = new DatabaseSync(join(dataDir, 'earshot.db'));
  database.exec('PRAGMA foreign_keys = OFF');
  database.exec(text);
  database.close();
}

/** Where the bytes of a blob's first piece begin. */
function placeOf(dataDir: string, blob: string): number {
  const [found] = scanSegments(join(dataDir, 'blobs')).pieces.get(blob) ?? [];
  assert.ok(found);
  return found.end - found.piece.length;
}

test('[CHECK1] a sound folder has no findings, beside a running server and without one, and is not changed', async (t) => {
  const { dataDir } = await house(t);
  const before = hashOf(readFileSync(segment(dataDir)));
  const alone = checkData(dataDir);
  assert.deepEqual([alone.findings, alone.beside, alone.blobs, alone.bytes, alone.events], [[], false, 4, 82_000, 4]);
  await using server = await start(dataDir);
  const beside = checkData(dataDir);
  assert.deepEqual([beside.findings, beside.beside, beside.bytes], [[], true, 82_000]);
  await assert.rejects(repairData(dataDir), { code: 'server.data-in-use' });
  await server.close();
  assert.equal(hashOf(readFileSync(segment(dataDir))), before);
  assert.throws(() => checkData(join(dataDir, 'nowhere')), { code: 'file.unreadable' });
});

interface Damage {
  readonly name: string;
  readonly harm: (house: House) => void | Promise<void>;
  readonly finds: readonly FindingCode[];
  /** Whether a repair can mend it. */
  readonly mends: boolean;
}

const damages: readonly Damage[] = [
  { name: 'a folder that others may read', harm: ({ dataDir }) => chmodSync(dataDir, 0o755), finds: ['folder.open'], mends: true },
  { name: 'no database', harm: ({ dataDir }) => rmSync(join(dataDir, 'earshot.db')), finds: ['database.missing'], mends: false },
  { name: 'a database that is none', harm: ({ dataDir }) => writeFileSync(join(dataDir, 'earshot.db'), 'something else'.repeat(1000)), finds: ['database.unreadable'], mends: false },
  { name: 'a database of a newer version', harm: ({ dataDir }) => sql(dataDir, 'PRAGMA user_version = 99'), finds: ['database.newer'], mends: false },
  { name: 'an index of the database that is not its table', harm: damageIndex, finds: ['database.damaged'], mends: true },
  { name: 'a number without an event', harm: ({ dataDir, log }) => sql(dataDir, `DELETE FROM naming WHERE event = 3; DELETE FROM event WHERE number = 3 AND log = '${log}'`), finds: ['log.gap'], mends: false },
  { name: 'a chain without its beginning', harm: ({ dataDir }) => sql(dataDir, 'DELETE FROM chain'), finds: ['chain.gap'], mends: false },
  { name: 'an event without the keys that came with it', harm: ({ dataDir }) => sql(dataDir, 'DELETE FROM granted'), finds: ['keys.missing'], mends: false },
  { name: 'a byte of sound that changed', harm: ({ dataDir, blobs }) => write(segment(dataDir), placeOf(dataDir, blobs[1] ?? '') + 30_000, noise(1)), finds: ['blob.damaged'], mends: true },
  { name: 'a byte of an upload that changed', harm: ({ dataDir, open }) => write(segment(dataDir), placeOf(dataDir, open) + 100, Uint8Array.of(7, 7, 7)), finds: ['upload.short'], mends: true },
  { name: 'a stretch of a segment that was written over', harm: ({ dataDir, blobs }) => write(segment(dataDir), placeOf(dataDir, blobs[1] ?? '') - 64, new Uint8Array(500)), finds: ['segment.damaged', 'blob.missing'], mends: true },
  { name: 'a segment that ends too early', harm: ({ dataDir, blobs }) => truncateSync(segment(dataDir), placeOf(dataDir, blobs[2] ?? '') + 10), finds: ['segment.torn', 'blob.missing', 'upload.short'], mends: true },
  { name: 'a segment that is gone', harm: ({ dataDir }) => rmSync(segment(dataDir)), finds: ['segment.missing', 'blob.missing', 'blob.missing', 'blob.missing', 'upload.short'], mends: true },
  { name: 'no sound at all, as where its disk is not mounted', harm: ({ dataDir }) => rmSync(join(dataDir, 'blobs'), { recursive: true }), finds: ['sound.missing', 'blob.missing', 'blob.missing', 'blob.missing', 'upload.short'], mends: true },
  { name: 'a piece that was never completed', harm: ({ dataDir, blobs }) => write(segment(dataDir), statSync(segment(dataDir)).size, readFileSync(segment(dataDir)).subarray(placeOf(dataDir, blobs[0] ?? '') - 64).subarray(0, 1_000)), finds: ['segment.torn'], mends: true },
  { name: 'an index of the segments that cannot be read', harm: ({ dataDir }) => writeFileSync(join(dataDir, 'blobs', 'index.db'), 'something else'.repeat(1000)), finds: ['index.damaged'], mends: true },
  { name: 'an index of the segments that leads elsewhere', harm: ({ dataDir }) => changeIndex(dataDir, 'UPDATE piece SET position = position + 1'), finds: ['index.damaged'], mends: true },
  { name: 'an index of the segments that forgot a piece', harm: ({ dataDir, blobs }) => changeIndex(dataDir, `DELETE FROM piece WHERE blob = '${blobs[1] ?? ''}'`), finds: ['index.damaged'], mends: true },
  { name: 'sound that the database does not know', harm: addOrphan, finds: ['blob.orphan'], mends: true },
];

async function addOrphan({ dataDir }: House): Promise<void> {
  const blobs = new SegmentBlobs(join(dataDir, 'blobs'));
  await blobs.write(newId(), 0, noise(777));
  await blobs.close();
}

function changeIndex(dataDir: string, text: string): void {
  const database = new DatabaseSync(join(dataDir, 'blobs', 'index.db'));
  database.exec(text);
  database.close();
}

/** As a page that was not written would: the table has a row that its index does not know. */
function damageIndex({ dataDir }: House): void {
  const database = new DatabaseSync(join(dataDir, 'earshot.db'));
  database.enableDefensive(false);
  database.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'owner', 'length') WHERE name = 'blob_open'; PRAGMA writable_schema = RESET");
  database.close();
}

for (const { name, harm, finds, mends } of damages) {
  test(`[CHECK2] [CHECK3] ${name}: exactly that is found${mends ? ', and mended' : ', and left as it is'}`, async (t) => {
    const place = await house(t);
    await harm(place);
    const { findings } = checkData(place.dataDir);
    assert.deepEqual(findings.map(({ code }) => code).toSorted(), finds.toSorted());
    const before = existsSync(segment(place.dataDir)) ? readFileSync(segment(place.dataDir)) : null;
    const report = await repairData(place.dataDir);
    assert.deepEqual(report.findings.map(({ code, repaired }) => `${code} ${repaired}`).toSorted(), finds.map((code) => `${code} ${mends}`).toSorted());
    assert.deepEqual(codes(place.dataDir), mends ? [] : finds);
    if (!mends) return assert.ok(!existsSync(join(place.dataDir, 'aside')), 'nothing was touched');
    for (const finding of findings) assertSetAside(place.dataDir, finding, before);
    await using server = await start(place.dataDir);
    await stillServes(server.port, place, finds);
  });
}

/** What a repair took of a segment is in `aside`, byte for byte as the segment was `before`, with the reason. */
function assertSetAside(dataDir: string, { code, evidence }: Finding, before: Buffer | null): void {
  if (code !== 'segment.damaged' && code !== 'segment.torn') return;
  const name = code === 'segment.damaged' ? '000001.seg' : '000001.seg.tail';
  const path = join(dataDir, 'aside', name);
  assert.deepEqual(readFileSync(path), before?.subarray(code === 'segment.damaged' ? 0 : Number(evidence['position'])));
  assert.ok(readFileSync(`${path}.json`, 'utf8').includes(`"code":"${code}"`));
}

/** What was not harmed can be heard, what was lost is said not to be there, and the upload goes on or begins again. */
async function stillServes(port: number, { alice, blobs, open }: House, finds: readonly FindingCode[]): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const statuses = await Promise.all(blobs.map(async (blob) => (await fetch(`${base}/v1/blobs/${blob}`, { headers: { authorization: `Bearer ${alice.token}` } })).status));
  const lost = finds.filter((code) => code === 'blob.missing' || code === 'blob.damaged').length;
  assert.deepEqual([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 404).length], [3 - lost, lost]);
  const head = await fetch(`${base}/v1/uploads/${open}`, { method: 'HEAD', headers: { authorization: `Bearer ${alice.token}`, 'tus-resumable': '1.0.0' } });
  assert.equal(head.status, finds.includes('upload.short') ? 410 : 200);
}

test('[CHECK3] what a repair takes away is set aside with its reason', async (t) => {
  const place = await house(t);
  const { dataDir, blobs } = place;
  const [, blob = ''] = blobs;
  write(segment(dataDir), placeOf(dataDir, blob) + 30_000, noise(1));
  await addOrphan(place);
  await repairData(dataDir);
  const kept = readdirSync(join(dataDir, 'aside'));
  assert.equal(statSync(join(dataDir, 'aside', `${blob}.blob`)).size, 70_000);
  assert.match(readFileSync(join(dataDir, 'aside', `${blob}.blob.json`), 'utf8'), /^\{"code":"blob\.damaged"/);
  assert.ok(kept.includes('earshot.db') && kept.some((name) => name.endsWith('.blob') && statSync(join(dataDir, 'aside', name)).size === 777), kept.join(' '));
});

const noRoom = (): never => {
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC', errno: -28 });
};

/** Does the work while the file system is as it is `changed`. */
async function whileDisk(changed: Partial<Record<'writeSync' | 'copyFileSync', unknown>>, work: () => Promise<void>): Promise<void> {
  const real = { writeSync: fs.writeSync, copyFileSync: fs.copyFileSync };
  Object.assign(fs, changed);
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

test('[CHECK3] a repair for which there is no room says so, leaves nothing in part and all as it was; with room it is done', async (t) => {
  const { dataDir } = await house(t);
  // A piece that was never completed.
  appendFileSync(segment(dataDir), noise(500));
  const before = readFileSync(segment(dataDir));
  const real = fs.writeSync;
  // The first half of what it is given, then nothing.
  let taken = 0;
  const halfOf = (file: number, bytes: Uint8Array, from: number, length: number, at: number): number => ((taken += 1) > 1 ? noRoom() : real(file, bytes, from, Math.ceil(length / 2), at));
  await whileDisk({ writeSync: halfOf }, async () => await assert.rejects(repairData(dataDir), { code: 'server.storage' }));
  assert.deepEqual([taken, readdirSync(join(dataDir, 'aside')), readFileSync(segment(dataDir))], [2, [], before]);
  await repairData(dataDir);
  assert.deepEqual(checkData(dataDir).findings, []);
});

test('[CHECK3] where the database has no room beside itself, or a lost blob has none, that is said, and no try takes room from the next; with room the blob is given up', async (t) => {
  const { dataDir, blobs } = await house(t);
  write(segment(dataDir), placeOf(dataDir, blobs[1] ?? '') + 30_000, noise(1));
  const before = readFileSync(join(dataDir, 'earshot.db'));
  // A copy that does not fit the system takes away by itself.
  const copyFileSync = (_: unknown, to: fs.PathLike): void => (rmSync(to), noRoom());
  for (const full of [{ copyFileSync }, { writeSync: noRoom }]) {
    await whileDisk(full, async () => await assert.rejects(repairData(dataDir), { code: 'server.storage' }));
    assert.deepEqual([readdirSync(join(dataDir, 'aside')), readFileSync(join(dataDir, 'earshot.db'))], [[], before]);
  }
  assert.deepEqual(codes(dataDir), ['blob.damaged']);
  await repairData(dataDir);
  assert.deepEqual(codes(dataDir), []);
});

test('[CHECK3] a database that cannot be made anew for want of room says so, and is mended with room; for what is wrong in itself it is not mended; of neither anything is set aside', async (t) => {
  const place = await house(t);
  const { dataDir } = place;
  damageIndex(place);
  const real = DatabaseSync.prototype.exec;
  let errcode = 0;
  const rebuilding = t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, text: string) {
    if (text === 'REINDEX') throw Object.assign(new Error('it failed'), { code: 'ERR_SQLITE_ERROR', errcode });
    real.call(this, text);
  });
  const nothingAside = (): void => assert.deepEqual(readdirSync(join(dataDir, 'aside')), []);
  // No room, and a disk that does not write.
  for (const [full, code] of [[13, 'server.storage'], [778, 'server.data-unwritable']] as const) {
    errcode = full;
    await assert.rejects(repairData(dataDir), { code });
    nothingAside();
  }
  // Broken pages, no database at all, two rows of which only one may be.
  for (errcode of [11, 26, 2067]) {
    assert.deepEqual((await repairData(dataDir)).findings.map(({ code, repaired }) => [code, repaired]), [['database.damaged', false]]);
    nothingAside();
  }
  rebuilding.mock.restore();
  await repairData(dataDir);
  assert.deepEqual(codes(dataDir), []);
  assert.deepEqual(readdirSync(join(dataDir, 'aside')).toSorted(), ['earshot.db', 'earshot.db.json']);
});

test('[CHECK3] what no index can mend is reported each time, and no try leaves a copy of the database behind', async (t) => {
  const { dataDir } = await house(t);
  const database = new DatabaseSync(join(dataDir, 'earshot.db'), { defensive: false });
  const schema = (from: string, to: string): void =>
    database.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${from}', '${to}') WHERE name = 'person'; PRAGMA writable_schema = RESET`);
  schema('joined INTEGER NOT NULL', 'joined INTEGER');
  database.exec('UPDATE person SET joined = NULL');
  schema('joined INTEGER', 'joined INTEGER NOT NULL');
  database.close();
  for (let tries = 0; tries < 2; tries += 1) {
    assert.deepEqual((await repairData(dataDir)).findings.map(({ code, repaired }) => [code, repaired]), [['database.damaged', false]]);
    assert.deepEqual(readdirSync(join(dataDir, 'aside')), []);
  }
});

test('[CLI11] [START3] a folder that this user may not look into is named as such, and repaired by nobody', async (t) => {
  const { dataDir } = await house(t);
  const closed = join(dataDir, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  chmodSync(dataDir, 0o755);
  const { getuid } = process;
  // Root may look everywhere.
  const isRoot = getuid?.() === 0;
  if (isRoot) Object.assign(process, { getuid: () => 4711 }).seteuid?.(4711);
  else chmodSync(closed, 0);
  try {
    for (const look of [async () => checkData(closed), () => repairData(closed)]) await assert.rejects(look, { code: 'server.data-unwritable' });
  } finally {
    if (isRoot) Object.assign(process, { getuid }).seteuid?.(0);
    else chmodSync(closed, 0o700);
  }
});

test('[CHECK4] a start refuses a database that contradicts itself, and tells of other damage on the status page', async (t) => {
  const broken = await house(t);
  const path = join(broken.dataDir, 'earshot.db');
  const pages = statSync(path).size / 4096;
  for (let page = 3; page < pages; page += 2) write(path, page * 4096, noise(64));
  await assert.rejects(start(broken.dataDir), { code: 'server.data-damaged' });
  const torn = await house(t);
  truncateSync(segment(torn.dataDir), 6_000);
  await using server = await start(torn.dataDir);
  const status = (await (await fetch(`http://127.0.0.1:${server.port}/v1/status`)).json()) as { incidents: readonly { cause: string; ended: number | null }[] };
  assert.deepEqual(status.incidents.map(({ cause, ended }) => [cause, ended]), [['database.damaged', null]]);
});

test('[CHECK4] [START6] where all sound is away, as with a disk that is not mounted, no server begins to write over it; once it is back all is as it was', async (t) => {
  const { dataDir, blobs } = await house(t);
  const [place, away] = [join(dataDir, 'blobs'), `${dataDir}-away`];
  t.after(() => rmSync(away, { recursive: true, force: true }));
  renameSync(place, away);
  // A folder to mount on, with nothing in it or what an earlier start left there, is as none.
  const lefts: readonly (() => void | Promise<void>)[] = [() => undefined, () => mkdirSync(place), () => new SegmentBlobs(place).close()];
  for (const left of lefts) {
    await left();
    const wasThere = existsSync(place);
    await assert.rejects(start(dataDir), { code: 'server.data-damaged', evidence: { reason: 'sound.missing', folder: place, blobs: 4, bytes: 82_000, path: dataDir } });
    assert.deepEqual([existsSync(place), scanSegments(place).segments], [wasThere, []]);
    assert.ok(codes(dataDir).includes('sound.missing'));
  }
  rmSync(place, { recursive: true });
  renameSync(away, place);
  await (await start(dataDir)).close();
  assert.deepEqual([checkData(dataDir).findings, checkData(dataDir).blobs], [[], blobs.length + 1]);
});

test('[START6] a server starts where nobody spoke yet, and where all that was said has gone for good', async (t) => {
  const { dataDir } = await house(t);
  // As the sweep and the tidying after it leave it: nothing is answered for, and the last segment has gone.
  sql(dataDir, "UPDATE blob SET state = 'gone', sum = NULL");
  rmSync(join(dataDir, 'blobs'), { recursive: true });
  await (await start(dataDir)).close();
  const fresh = mkdtempSync(join(tmpdir(), 'earshot-check-'));
  t.after(() => rmSync(fresh, { recursive: true, force: true }));
  for (let round = 0; round < 2; round += 1) {
    await using server = await start(fresh);
    await new World(server, fresh).join(`alice${String(round)}`);
  }
});

test('[CHECK2] every finding says what it is and what can be done, also in the documentation', () => {
  const text = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
  for (const [code, { weight, says }] of Object.entries(findingKinds)) assert.ok(text.includes(`| \`${code}\` | ${weight} | ${says} `), code);
  for (const [code, { says, next, repair }] of Object.entries(findingKinds)) for (const sentence of [says, next, repair ?? 'None.']) assert.match(sentence, /^[A-Z].*\.$/, code);
});

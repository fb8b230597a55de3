import { chmodSync, closeSync, existsSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { folderFailure } from '../backup/folder-failure.node.ts';
import { SegmentFile } from '../blobs/segment-file.node.ts';
import { SegmentIndex } from '../blobs/segment-index.node.ts';
import { segmentName } from '../blobs/segment-format.node.ts';
import { SegmentBlobs } from '../blobs/segments.node.ts';
import { refuseForeign } from '../owner.node.ts';
import { SQLITE_CONSTRAINT, sqliteCode } from '../store/sqlite-commit.node.ts';
import { endBlob } from '../store/sqlite-uploads.node.ts';
import { Aside, type Part } from './aside.node.ts';
import { checkData, layout } from './check.node.ts';
import { checkIntegrity, isDamage, unwantedOf } from './database.node.ts';
import { type Finding, type FindingCode, findingKinds } from './findings.ts';
import type { CheckReport, Repaired } from './report.ts';
import { scanSegment, scanSegments, type Scan } from './scan.node.ts';
import { readPiece } from './sound.node.ts';

/**
 * Checks, and mends what can be mended, while no server runs. Fails with `server.data-in-use` otherwise, with `server.data-foreign`, and with `server.storage` or
 * `server.data-unwritable` when the disk takes no more: what was mended before stays so, and run again it goes on. Nothing that could be
 * somebody's voice is removed: it is set aside first, with its reason.
 */
export async function repairData(dataDir: string): Promise<CheckReport> {
  refuseForeign(dataDir);
  const { beside, findings, ...counts } = checkData(dataDir);
  if (beside) throw new Failure('server.data-in-use', { path: dataDir });
  const repair = new Repair(dataDir);
  if (findings.some(({ code }) => findingKinds[code].repair !== null)) await repairAsFar(repair, findings, dataDir);
  return { ...counts, beside, findings: findings.map((one): Repaired => ({ ...one, repaired: repair.done.has(one) })) };
}

async function repairAsFar(repair: Repair, findings: readonly Finding[], dataDir: string): Promise<void> {
  try {
    await repair.run(findings);
  } catch (error) {
    throw folderFailure(error, dataDir);
  }
}

/** With one of these nothing can be said about sound: it stays as it is. */
const WITHOUT_DATABASE: ReadonlySet<FindingCode> = new Set<FindingCode>(['database.missing', 'database.unreadable', 'database.newer', 'database.damaged', 'folder.unwritable']);
const LOST: ReadonlySet<FindingCode> = new Set<FindingCode>(['blob.missing', 'blob.damaged', 'upload.short']);

class Repair {
  readonly #dataDir: string;
  readonly #paths: ReturnType<typeof layout>;
  readonly done = new Set<Finding>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#paths = layout(dataDir);
  }

  /** In this order: who may look, the database, the segments, what is lost from them, what belongs to nobody. */
  async run(findings: readonly Finding[]): Promise<void> {
    const of = (...codes: readonly FindingCode[]): readonly Finding[] => findings.filter(({ code }) => codes.includes(code));
    for (const one of of('folder.open')) this.#shut(one);
    const aside = new Aside(this.#paths.aside);
    for (const one of of('database.damaged')) this.#rebuild(one, aside);
    if (findings.some((one) => WITHOUT_DATABASE.has(one.code) && !this.done.has(one))) return;
    mkdirSync(this.#paths.blobs, { recursive: true, mode: 0o700 });
    // Whoever has the index owns the folder.
    const owned = new SegmentIndex(this.#paths.index);
    try {
      // Before the segments are touched: what is left of a blob is taken from them as they are.
      this.#giveUp(findings.filter(({ code }) => LOST.has(code)), aside);
      for (const one of of('segment.damaged')) await this.#salvage(one, aside);
      for (const one of of('segment.torn')) this.#cut(one, aside);
    } finally {
      owned.close();
    }
    const anew = of('index.damaged', 'segment.torn', 'segment.damaged', 'segment.missing');
    if (anew.length > 0) for (const end of ['', '-wal', '-shm']) rmSync(this.#paths.index + end, { force: true });
    for (const one of of('index.damaged', 'segment.missing', 'sound.missing')) this.done.add(one);
    await this.#clear(of('blob.orphan'), aside);
  }

  #shut(finding: Finding): void {
    chmodSync(this.#dataDir, 0o700);
    this.done.add(finding);
  }

  /** Only what follows from tables can be made anew; a table itself cannot: then it stays as it is, and the report says that it was not mended. */
  #rebuild(finding: Finding, aside: Aside): void {
    const database = new DatabaseSync(this.#paths.database, { timeout: 5_000 });
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      this.#keeping(finding, aside, () => {
        database.exec('BEGIN');
        database.exec('REINDEX');
        if (checkIntegrity(database, true).length > 0) return database.exec('ROLLBACK');
        database.exec('COMMIT');
        this.done.add(finding);
      });
    } catch (error) {
      // Two rows of which only one may be are damage as well. Whatever else fails, as for want of room, may be mended yet.
      if (!isDamage(error) && sqliteCode(error) !== SQLITE_CONSTRAINT) throw error;
    } finally {
      database.close();
    }
  }

  /** Changes the database, and sets aside what it was; not where nothing was changed in the end: the next try would need room for one more of them. */
  #keeping(first: Finding, aside: Aside, change: () => void): void {
    const copy = aside.copy(this.#paths.database, first);
    try {
      change();
    } finally {
      if (!this.done.has(first)) aside.drop(copy);
    }
  }

  /** Devices are told that the server does not have it, instead of trying for ever. */
  #giveUp(lost: readonly Finding[], aside: Aside): void {
    const [first] = lost;
    if (first === undefined) return;
    const { pieces } = scanSegments(this.#paths.blobs);
    const database = new DatabaseSync(this.#paths.database, { timeout: 5_000 });
    try {
      database.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)');
      // With it, and the segments from a backup, all of this can be undone.
      this.#keeping(first, aside, () => {
        for (const one of lost) {
          const blob = String(one.evidence['blob']);
          this.#keepBlob(blob, pieces, aside, one);
          endBlob(database, blob);
          this.done.add(one);
        }
      });
    } finally {
      database.close();
    }
  }

  async #salvage(finding: Finding, aside: Aside): Promise<void> {
    const { segment } = finding.evidence;
    const { blobs } = this.#paths;
    const path = join(blobs, segmentName(Number(segment)));
    // Several stains of one segment are mended at once.
    if (existsSync(path)) {
      const last = scanSegments(blobs).segments.at(-1) ?? 0;
      const copy = new SegmentFile(blobs, last + 1, 0, () => undefined);
      for (const found of scanSegment(blobs, Number(segment))) {
        if ('last' in found) continue;
        const bytes = readPiece(blobs, found);
        if (bytes) await copy.append({ blob: found.piece.blob, offset: found.piece.offset, bytes, origin: found.piece.origin });
      }
      await copy.close();
      aside.take(path, finding);
    }
    this.done.add(finding);
  }

  #cut(finding: Finding, aside: Aside): void {
    const { segment, position } = finding.evidence;
    const path = join(this.#paths.blobs, segmentName(Number(segment)));
    const from = Number(position);
    if (existsSync(path)) {
      const size = statSync(path).size;
      aside.keep(`${segmentName(Number(segment))}.tail`, [{ at: 0, bytes: this.#rawBytes(Number(segment), from, size - from) }], finding);
      const file = openSync(path, 'r+');
      try {
        ftruncateSync(file, from);
        fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
    }
    this.done.add(finding);
  }

  /** Opens the folder as a server would, which makes the index anew, and leaves in it what the database answers for. */
  async #clear(orphans: readonly Finding[], aside: Aside): Promise<void> {
    const { pieces } = scanSegments(this.#paths.blobs);
    const database = new DatabaseSync(this.#paths.database, { timeout: 5_000 });
    const blobs = new SegmentBlobs(this.#paths.blobs);
    try {
      for await (const group of blobs.list()) {
        const { unknown, gone } = unwantedOf(database, group);
        for (const blob of unknown) this.#keepBlob(blob, pieces, aside, { code: 'blob.orphan', evidence: { blob } });
        for (const blob of [...unknown, ...gone]) await blobs.remove(blob);
      }
    } finally {
      await blobs.close();
      database.close();
    }
    for (const one of orphans) this.done.add(one);
  }

  /** As it lies there, damaged or not. */
  #keepBlob(blob: Id, pieces: Scan['pieces'], aside: Aside, reason: Finding): void {
    const parts = (pieces.get(blob) ?? []).map((found): Part => ({ at: found.piece.offset, bytes: this.#rawBytes(found.piece.segment, found.end - found.piece.length, found.piece.length) }));
    aside.keep(`${blob}.blob`, parts, reason);
  }

  #rawBytes(segment: number, from: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const file = openSync(join(this.#paths.blobs, segmentName(segment)), 'r');
    try {
      readSync(file, bytes, 0, length, from);
    } finally {
      closeSync(file);
    }
    return bytes;
  }
}

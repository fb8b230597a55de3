import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * A process that works on segments and is killed: `node segment-victim.ts DIR write` writes pieces and says each that was
 * acknowledged; `node segment-victim.ts DIR tidy N` gives room back and kills itself before the Nth step that touches the disk
 * (and ends by itself when there are not so many).
 */
const [, , folder = '', job = '', step = '0'] = process.argv;
if (job === 'tidy') countSteps(Number(step));
const { SegmentBlobs } = await import('../blobs/segments.node.ts');
const { bytesFor, idAt } = await import('./pieces.ts');
const blobs = new SegmentBlobs(folder, 660_000);
if (job === 'tidy') {
  await blobs.tidy();
  await blobs.close();
} else await write();

/** Each of some writers makes blobs of several pieces; a line is written when a piece is durable. */
async function write(): Promise<void> {
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let count = 0; ; count += 1) {
      const blob = idAt(writer * 100_000 + count);
      for (let offset = 0; offset < 9_000; offset += 3_000) {
        await blobs.write(blob, offset, bytesFor(blob, offset, 3_000));
        fs.writeSync(1, `${blob} ${offset + 3_000}\n`);
      }
    }
  });
  await Promise.all(writers);
}

/** The system's functions that change something on the disk, ours and not SQLite's. */
function countSteps(last: number): void {
  let count = 0;
  const dying = <A extends unknown[], R>(work: (...args: A) => R) => (...args: A): R => {
    count += 1;
    if (count === last) process.kill(process.pid, 'SIGKILL');
    return work(...args);
  };
  const { writevSync, fdatasync, fsyncSync, ftruncateSync, rmSync, closeSync } = fs;
  Object.assign(fs, { writevSync: dying(writevSync), fdatasync: dying(fdatasync), fsyncSync: dying(fsyncSync), ftruncateSync: dying(ftruncateSync), rmSync: dying(rmSync), closeSync: dying(closeSync) });
  syncBuiltinESMExports();
}

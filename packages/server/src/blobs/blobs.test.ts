import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { blobsContract } from './blobs.contract.ts';
import { MemoryBlobs } from './memory.ts';
import { SegmentBlobs } from './segments.node.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-blobs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

blobsContract('memory', () => Promise.resolve(new MemoryBlobs()));
blobsContract('segments', () => Promise.resolve(new SegmentBlobs(join(folder, String((count += 1))))));

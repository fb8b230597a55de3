import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { blobsContract } from './blobs.contract.ts';
import { FolderBlobs } from './folder.node.ts';
import { MemoryBlobs } from './memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-blobs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

blobsContract('memory', () => Promise.resolve(new MemoryBlobs()));
blobsContract('folder', () => Promise.resolve(new FolderBlobs(join(folder, String((count += 1))))));

import { join } from 'node:path';
import { FolderBlobs } from './blobs/folder.node.ts';
import { openSqliteStore } from './store/sqlite.node.ts';

/** How a data folder is laid out. */
export const openStore = (dataDir: string): ReturnType<typeof openSqliteStore> => openSqliteStore(join(dataDir, 'earshot.db'));
export const openBlobs = (dataDir: string): FolderBlobs => new FolderBlobs(join(dataDir, 'blobs'));

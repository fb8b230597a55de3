import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@earshot/base/log.ts';
import { startServer } from '../server.ts';
import { httpApiText } from './document.node.ts';

/** Writes docs/openapi.json and docs/http-api.md from the schemas. */
const docs = new URL('../../../../docs/', import.meta.url);
const dataDir = await mkdtemp(join(tmpdir(), 'earshot-docs-'));
const server = await startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog });
const document: unknown = await (await fetch(`http://127.0.0.1:${server.port}/v1/openapi.json`)).json();
await writeFile(new URL('openapi.json', docs), `${JSON.stringify(document, null, 2)}\n`);
await writeFile(new URL('http-api.md', docs), httpApiText());
await server.close();
await rm(dataDir, { recursive: true });

import { writeFile } from 'node:fs/promises';
import { httpApiText } from './document.node.ts';
import { openapiDocument } from './openapi.ts';

/** Writes docs/openapi.json and docs/http-api.md from the schemas. */
const docs = new URL('../../../../docs/', import.meta.url);
await writeFile(new URL('openapi.json', docs), `${JSON.stringify(openapiDocument(), null, 2)}\n`);
await writeFile(new URL('http-api.md', docs), httpApiText());

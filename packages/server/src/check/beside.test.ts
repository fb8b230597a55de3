import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Caller, newId, noise, World } from '../testing/world.ts';
import { checkData, type Checked } from './check.node.ts';
import { weightOf } from './findings.ts';
import { repairData } from './repair.node.ts';

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Messages, uploads that are given up, and removals, until the server is gone. */
async function load(who: Caller, log: string): Promise<void> {
  for (let count = 0; ; count += 1) {
    try {
      const blob = await who.upload(noise(1_000 + ((count * 7919) % 60_000)));
      const message = who.envelope(log, { blobs: [blob] });
      await who.post(message);
      const id = newId();
      await who.tus('POST', '/v1/uploads', { 'upload-length': '5000', 'upload-metadata': `id ${Buffer.from(id).toString('base64')}` }, noise(3_000));
      if (count % 2 === 0) await who.tus('DELETE', `/v1/uploads/${id}`, {});
      if (count % 5 === 0) await who.post(who.envelope(log, { class: 'remove', refers: [message.id] }));
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}

test('[CHECK1] beside a server at work nothing is found; after kill -9 nothing but what a start mends', { timeout: 300_000 }, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-beside-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const child = spawn(process.execPath, [here('../testing/victim.ts'), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  t.after(() => child.kill('SIGKILL'));
  const port = await new Promise<string>((resolve) => child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())));
  const alice = await new World({ port: Number(port) } as World['server'], dataDir).join('alice');
  const log = await alice.direct(alice.person);
  const working = Promise.all(Array.from({ length: 4 }, () => load(alice, log)));
  for (let round = 0, events = 0; round < 4 || events < 30; round += 1) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', `import { checkData } from ${JSON.stringify(here('check.node.ts'))}; process.stdout.write(JSON.stringify(checkData(${JSON.stringify(dataDir)})))`]);
    const seen = JSON.parse(stdout) as Checked;
    assert.deepEqual([seen.findings, seen.beside], [[], true]);
    ({ events } = seen);
  }
  child.kill('SIGKILL');
  await gone;
  await working;
  assert.deepEqual(checkData(dataDir).findings.filter((one) => weightOf(one) === 'damage'), []);
  await repairData(dataDir);
  assert.deepEqual(checkData(dataDir).findings, []);
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import { sqliteStore } from './sqlite.node.ts';
import { storeContract } from './store.contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'earshot-store-'));
after(() => rm(folder, { recursive: true }));
let made = 0;
const newFile = (): string => join(folder, `${(made += 1)}.db`);

storeContract('sqlite store', async () => {
  const file = newFile();
  return { one: sqliteStore(file), other: sqliteStore(file), reopen: async () => sqliteStore(file) };
});

/** Commits pairs without end and says each number once its commit resolved. */
const WRITER = `
  import { sqliteStore } from ${JSON.stringify(new URL('sqlite.node.ts', import.meta.url).href)};
  const store = sqliteStore(process.argv[1]);
  for (let n = 1; ; n += 1) {
    await store.commit([{ put: 'left', value: n }, { put: 'row/' + n, value: new Uint8Array(2000).fill(n) }, { put: 'right', value: n }]);
    process.stdout.write(n + '\\n');
  }
`;

async function killedAfter(file: string, lines: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert(child.stdout);
  let last = 0;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (last === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return last;
}

test('[DISK1] [DISK2] sqlite store: kill -9 loses nothing that was acknowledged and leaves no half', async () => {
  const file = newFile();
  for (const lines of [1, 25, 60]) {
    const acknowledged = await killedAfter(file, lines);
    const store = sqliteStore(file);
    const [left, right, row] = await Promise.all([store.get('left'), store.get('right'), store.get(`row/${acknowledged}`)]);
    assert(Number(left) >= acknowledged, `acknowledged ${acknowledged}, found ${Number(left)}`);
    assert.equal(left, right);
    assert.deepEqual(row, new Uint8Array(2000).fill(acknowledged));
    await store.commit((await store.list({ from: 'row/', to: 'row0' })).map(([drop]) => ({ drop })));
    await store.close();
  }
});

test('[DISK1] sqlite store: a commit waits for the disk, also through a power cut', async (t) => {
  const { mock } = t.mock.method(DatabaseSync.prototype, 'exec');
  const store = sqliteStore(newFile());
  const connection = mock.calls[0]?.this as DatabaseSync;
  const setting = (name: string): unknown => Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const FULL = 2;
  assert.deepEqual([setting('journal_mode'), setting('synchronous')], ['wal', FULL]);
  await store.close();
});

test('[DISK5] sqlite store: a full disk is named, and what was there stays', async () => {
  const file = newFile();
  const store = sqliteStore(file, { maxPages: 40 });
  await store.commit([{ put: 'kept', value: 'safe' }]);
  await assert.rejects(
    async () => {
      for (let n = 0; n < 100; n += 1) await store.commit([{ put: `big/${n}`, value: new Uint8Array(20_000) }]);
    },
    (error) => error instanceof Failure && error.code === 'device.storage',
  );
  assert.equal(await store.get('kept'), 'safe');
  await store.commit((await store.list({ from: 'big/', to: 'big0' })).map(([drop]) => ({ drop })));
  assert.equal(await store.commit([{ put: 'more', value: 1 }]), true);
  await store.close();
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { locksContract } from './locks.contract.ts';
import { sqliteLocks } from './sqlite-locks.node.ts';

const folder = await mkdtemp(join(tmpdir(), 'earshot-locks-'));
after(() => rm(folder, { recursive: true }));
let made = 0;

locksContract('sqlite locks', async () => {
  const place = join(folder, String((made += 1)));
  return { one: sqliteLocks(place), other: sqliteLocks(place) };
});

/** Somebody can end its work: what nobody can is garbage, and the lock goes with it. */
const HOLDER = `
  import { sqliteLocks } from ${JSON.stringify(new URL('sqlite-locks.node.ts', import.meta.url).href)};
  const work = Promise.withResolvers();
  setTimeout(() => work.resolve(), 3_600_000);
  await sqliteLocks(process.argv[1]).hold('a', () => { process.stdout.write('held'); return work.promise; });
`;

test('[LOCK5] sqlite locks: a lock ends with the process that was killed holding it', async () => {
  const place = join(folder, 'killed');
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, place], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    let through = false;
    const waiting = sqliteLocks(place).hold('a', async () => {
      through = true;
    });
    // Another name is free all the while.
    await sqliteLocks(place).hold('b', async () => undefined);
    assert.equal(through, false);
    child.kill('SIGKILL');
    await waiting;
    assert.equal(through, true);
  } finally {
    child.kill('SIGKILL');
  }
});

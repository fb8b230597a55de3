#!/usr/bin/env node
// The command, on whatever Node the machine has: our sources need a current one, so an older one only looks for it and
// gives it the terminal.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const program = join(top, 'apps', 'cli', 'src', 'main.ts');
/** What Node made of our sources the last time, where it may be kept: starting takes a third of the time then. It is as safe as the packages beside it. */
const compiled = join(top, 'node_modules', '.cache', 'compiled');
const oldestMajor = 24;

/** @returns {Promise<string>} the path of a Node that is new enough */
async function currentNode() {
  const [platform, file] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
  const found = join(top, 'tools', 'runtime', 'node_modules', `node-${platform}-${process.arch}`, 'bin', file);
  if (isInstalled() && existsSync(found)) return found;
  const { ensure } = await import('../../../scripts/ensure.mjs');
  return ensure();
}

/** Only a look: the scripts compare the lists. */
function isInstalled() {
  return existsSync(join(top, 'node_modules', '.package-lock.json'));
}

/** @param {string} node */
function runOn(node) {
  // The channel tells the program of our end: whoever kills this process with signal 9 means the program.
  const child = spawn(node, [program, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, EARSHOT_LAUNCHED: '1' },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // From a terminal it comes to both of us; the program takes two at once for one.
    process.on(signal, () => child.kill(signal));
  }
  child.once('error', complain);
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}

/** @param {unknown} error */
function complain(error) {
  console.error(`earshot: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

try {
  if (Number.parseInt(process.versions.node, 10) < oldestMajor) runOn(await currentNode());
  else {
    module.enableCompileCache(compiled);
    if (!isInstalled()) (await import('../../../scripts/ensure.mjs')).ensure();
    await import(pathToFileURL(program).href);
  }
} catch (error) {
  complain(error);
}

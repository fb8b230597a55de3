import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { top } from './files.mjs';

/** What Node made of our sources: starting takes a third of the time once it is here. It is as safe as the packages beside it. */
const COMPILED = join(top, 'node_modules', '.cache', 'compiled');

/**
 * Runs a program on the given Node, joined to this terminal, and returns its exit code
 * (128 + the signal's number when a signal ended it, as shells say it).
 * The program and everything it starts finds the same Node first in its PATH, and what was compiled before.
 *
 * @param {string} node path of the Node to run on
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 * @returns {Promise<number>}
 */
export function runNode(node, args, options = {}) {
  const child = spawn(node, args, { cwd: top, stdio: 'inherit', env: environment(node, options.env) });
  const stopPassing = passSignals(child);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      stopPassing();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      stopPassing();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * @param {string} node
 * @param {Record<string, string>} [more]
 * @returns {NodeJS.ProcessEnv}
 */
function environment(node, more) {
  // Windows writes it "Path".
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { NODE_COMPILE_CACHE: COMPILED, ...process.env, [name]: `${dirname(node)}${delimiter}${process.env[name] ?? ''}`, ...more };
}

/**
 * A terminal sends Ctrl-C to every process in the foreground, so the child has its SIGINT already: a second one
 * would look like a person who lost patience. Without a terminal only we are told, and pass it on.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function passSignals(child) {
  const interrupt = () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  };
  const terminate = () => {
    child.kill('SIGTERM');
  };
  const hangUp = () => {
    child.kill('SIGHUP');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', hangUp);
  };
}

/**
 * Installs what the lockfile in `folder` says, without changing that file, and returns what npm had to say if it failed.
 *
 * Not with `npm ci`: it refuses a lockfile that leaves out an optional package for some other system, and a registry
 * that has no such package makes npm write exactly such a lockfile.
 *
 * What a machine's settings leave out (development packages, optional ones) is asked for by name: we build and check
 * with them. No package runs a script of its own here.
 *
 * @param {string} folder absolute
 * @returns {string | undefined}
 */
export function npmInstall(folder) {
  const asked = ['--include=dev', '--include=optional', '--ignore-scripts'];
  const args = ['install', '--no-save', ...asked, '--no-audit', '--no-fund', '--prefix', folder];
  // npm tells its scripts where it lives; a script that was started without npm looks for it in the PATH.
  const npm = process.env['npm_execpath'] ?? '';
  const ended = /npm-cli\.c?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...args], { cwd: folder, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  if (ended.status === 0) return undefined;
  const errors = (ended.stderr ?? '').split('\n').filter((line) => line.startsWith('npm error'));
  return ended.error?.message ?? (errors.slice(0, 8).join('\n') || `npm ended with ${ended.status ?? ended.signal}`);
}

/** @param {string} path from the top */
export const at = (path) => join(top, path);

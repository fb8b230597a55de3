import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { at, npmInstall } from './child.mjs';
import { Complaint } from './complaint.mjs';

/** The oldest Node that runs our sources as they are: it strips types and brings SQLite. */
const oldestMajor = 24;

/**
 * Installs what is missing and returns the path of a Node that is new enough.
 * Says nothing when there is nothing to do.
 *
 * @throws {Complaint} when something cannot be installed here
 * @returns {string}
 */
export function ensure() {
  ensurePackages();
  return ensureRuntime();
}

function ensurePackages() {
  if (isInstalled('package-lock.json', 'node_modules')) return;
  say('Installing packages ...');
  const trouble = npmInstall(at(''));
  if (trouble !== undefined)
    throw new Complaint(`${trouble}\nThe packages could not be installed: connect to the npm registry and run this again.`);
}

function ensureRuntime() {
  const own = Number.parseInt(process.versions.node, 10);
  if (own >= oldestMajor) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const remedy = `Earshot runs on Node ${oldestMajor} or newer, and this is ${process.versions.node}: install one from https://nodejs.org`;
  const offered = readJson(at('tools/runtime/package-lock.json'))?.packages?.[`node_modules/${name}`];
  if (offered === undefined) throw new Complaint(`${remedy} (npm has none for ${name.slice(5)}).`);
  const node = at(`tools/runtime/node_modules/${name}/${offered.bin?.['node'] ?? 'bin/node'}`);
  if (readJson(at(`tools/runtime/node_modules/${name}/package.json`))?.version !== offered.version || !existsSync(node)) {
    say(`Installing Node ${offered.version}, because this machine has ${process.versions.node} ...`);
    const trouble = npmInstall(at('tools/runtime'));
    if (trouble !== undefined) throw new Complaint(`${trouble}\n${remedy}, or connect to the npm registry and run this again.`);
    // npm is content without an optional package, and a Node for another C library installs well and does not run.
    if (!existsSync(node)) throw new Complaint(`${remedy}, or connect to the npm registry and run this again.`);
    if (spawnSync(node, ['--version']).status !== 0) throw new Complaint(`${remedy} (the one from npm does not run on this system).`);
  }
  return node;
}

/**
 * @typedef {{ version?: string, resolved?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean, bin?: Record<string, string> }} Locked
 * @typedef {{ version?: string, packages?: Record<string, Locked> }} Lockfile
 */

/**
 * Does `modules` hold what `lock` asks for? npm leaves a list of what it installed; times of files say little after a
 * clone, a copy or a restored cache, so the two lists are compared.
 *
 * @param {string} lock path from the top
 * @param {string} modules path from the top
 */
function isInstalled(lock, modules) {
  const wanted = Object.entries(readJson(at(lock))?.packages ?? {}).filter(([path]) => path.startsWith('node_modules/'));
  const present = readJson(at(`${modules}/.package-lock.json`))?.packages;
  if (present === undefined) return false;
  return wanted.every(([path, { version, resolved, link, optional, devOptional }]) => {
    const found = present[path];
    // Optional packages are those for other systems; npm leaves them out.
    if (found === undefined) return optional === true || devOptional === true;
    return (link === true ? found.resolved === resolved : found.version === version) && existsSync(at(path));
  });
}

/**
 * @param {string} path absolute
 * @returns {Lockfile | undefined} undefined when there is no such file or it was only half written
 */
function readJson(path) {
  if (!existsSync(path)) return undefined;
  try {
    return /** @type {Lockfile} */ (JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * On standard error, because standard output belongs to the program that is started next.
 *
 * @param {string} line
 */
function say(line) {
  console.error(line);
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Complaint } from './complaint.mjs';

/** What the tests hear and record with: a browser, the common audio tools, and recordings of human voices. */
const packages = [
  { name: 'chromium', isThere: () => isCommand('chromium') },
  { name: 'opus-tools', isThere: () => isCommand('opusenc') && isCommand('opusdec') && isCommand('opusinfo') },
  { name: 'sox', isThere: () => isCommand('sox') },
  { name: 'ffmpeg', isThere: () => isCommand('ffmpeg') },
  { name: 'pocketsphinx-testdata', isThere: () => existsSync('/usr/share/pocketsphinx/test/data') },
  { name: 'klettres-data', isThere: () => existsSync('/usr/share/klettres/nds/syllab') },
];

/**
 * Installs the missing Debian packages where that is allowed.
 *
 * @throws {Complaint} that names them where it is not
 */
export function ensureTools() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const remedy = `The tests need what Debian calls ${missing.join(', ')}: apt-get install ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !isCommand('apt-get')) throw new Complaint(remedy);
  console.error(`Installing ${missing.join(', ')} ...`);
  const trouble = aptGet('update') ?? aptGet('install', '--yes', '--no-install-recommends', ...missing);
  if (trouble !== undefined) throw new Complaint(`${trouble}\n${remedy}`);
  const still = missingPackages();
  if (still.length > 0) throw new Complaint(`apt-get installed ${still.join(', ')}, yet it cannot be found in the PATH.`);
}

function missingPackages() {
  return packages.filter(({ isThere }) => !isThere()).map(({ name }) => name);
}

/** @param {string} command */
function isCommand(command) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/**
 * @param {string[]} args
 * @returns {string | undefined} what apt-get had to say if it failed
 */
function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const ended = spawnSync('apt-get', ['--quiet=2', ...args], { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  return ended.status === 0 ? undefined : ended.stderr.trim() || `apt-get ${args[0]} failed`;
}

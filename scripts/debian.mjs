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
  // Makes the certificates that the tests do not believe.
  { name: 'openssl', isThere: () => isCommand('openssl') },
];

const pulse = [
  { name: 'pulseaudio', isThere: () => isCommand('pulseaudio') },
  { name: 'pulseaudio-utils', isThere: () => isCommand('pactl') },
];

/**
 * What the tests of one engine need beyond that: they are the files whose names say `chromium`, `firefox` or `webkit`.
 *
 * @type {Record<string, { name: string, isThere: () => boolean }[]>}
 */
const engines = {
  chromium: pulse,
  firefox: [...pulse, { name: 'firefox-esr', isThere: () => isCommand('firefox-esr') }],
  webkit: [
    ...pulse,
    { name: 'webkit2gtk-driver', isThere: () => isCommand('WebKitWebDriver') },
    { name: 'gir1.2-webkit2-4.1', isThere: () => ['', '/x86_64-linux-gnu', '/aarch64-linux-gnu'].some((part) => existsSync(`/usr/lib${part}/girepository-1.0/WebKit2-4.1.typelib`)) },
    { name: 'python3-gi', isThere: () => existsSync('/usr/lib/python3/dist-packages/gi') },
    { name: 'xvfb', isThere: () => isCommand('Xvfb') },
  ],
};

/**
 * Installs what the engines lack, where that is allowed.
 *
 * @returns {{ engine: string, remedy: string }[]} the engines that cannot be tested here, and what would change that
 */
export function ensureEngines() {
  const lacking = () => [...new Set(Object.values(engines).flatMap(missingOf))];
  if (lacking().length > 0 && mayInstall()) install(lacking());
  return Object.entries(engines)
    .map(([engine, needed]) => ({ engine, missing: missingOf(needed) }))
    .filter(({ missing }) => missing.length > 0)
    .map(({ engine, missing }) => ({ engine, remedy: `apt-get install ${missing.join(' ')}` }));
}

/**
 * Installs the missing Debian packages where that is allowed.
 *
 * @throws {Complaint} that names them where it is not
 */
export function ensureTools() {
  const missing = missingOf(packages);
  if (missing.length === 0) return;
  const remedy = `The tests need what Debian calls ${missing.join(', ')}: apt-get install ${missing.join(' ')}`;
  if (!mayInstall()) throw new Complaint(remedy);
  const trouble = install(missing);
  if (trouble !== undefined) throw new Complaint(`${trouble}\n${remedy}`);
  const still = missingOf(packages);
  if (still.length > 0) throw new Complaint(`apt-get installed ${still.join(', ')}, yet it cannot be found in the PATH.`);
}

/** @param {{ name: string, isThere: () => boolean }[]} needed */
function missingOf(needed) {
  return needed.filter(({ isThere }) => !isThere()).map(({ name }) => name);
}

function mayInstall() {
  return process.getuid?.() === 0 && isCommand('apt-get');
}

/**
 * @param {string[]} names
 * @returns {string | undefined} what apt-get had to say if it failed
 */
function install(names) {
  console.error(`Installing ${names.join(', ')} ...`);
  return aptGet('update') ?? aptGet('install', '--yes', '--no-install-recommends', ...names);
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

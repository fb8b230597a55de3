import { posix } from 'node:path';
import { rooms } from './rooms.ts';
import { importsOf, scan, type Import } from './scan.ts';

export type Source = { readonly path: string; readonly text: string };

/** What a room's package.json says may be imported, and what it and the one at the top name for development; by package name. */
export type Declared = { readonly own: ReadonlySet<string>; readonly tools: ReadonlySet<string> };

type Platform = 'anywhere' | 'browser' | 'worker' | 'node';

/** The room that a path lies in, e.g. `packages/base`. */
export function roomOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/** Whatever is not shipped: it may use what is declared for development. */
function isTool(path: string): boolean {
  return /\.(?:test|contract)\.tsx?$/.test(path) || !path.startsWith(`${roomOf(path)}/src/`);
}

function platformOf(path: string): Platform {
  const found = /\.(browser|worker|node)\.(?:test\.)?[jt]sx?$/.exec(path)?.[1];
  return found === 'browser' || found === 'worker' || found === 'node' ? found : 'anywhere';
}

/** The violations in one file, each as a line that names the place and the rule. */
export function violationsIn(source: Source, declared: Declared): string[] {
  const room = rooms.get(roomOf(source.path));
  if (room === undefined) return [`${source.path}: ${roomOf(source.path)} is not in the table of tests/house/rooms.ts`];
  const imports = importsOf(source.text);
  return [
    ...imports.flatMap((found) => {
      const trouble = troubleWith(source.path, found, declared);
      return trouble === undefined ? [] : [`${source.path}:${found.line}: ${found.specifier}: ${trouble}`];
    }),
    ...(room.portable ? pageNames(source) : []),
  ];
}

function troubleWith(path: string, found: Import, declared: Declared): string | undefined {
  const { specifier } = found;
  if (specifier.startsWith('.')) return troubleWithRelative(path, found);
  if (specifier.startsWith('node:')) return troubleWithNode(path, specifier);
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (name.startsWith('@earshot/')) {
    const own = `@earshot/${roomOf(path).split('/')[1] ?? ''}`;
    if (name === own) return 'inside a room imports are relative';
    if (rooms.get(roomOf(path))?.mayImport.includes(name) !== true) return `${roomOf(path)} may not import ${name}`;
    const platform = troubleWithPlatform(path, specifier, found.typesOnly);
    if (platform !== undefined) return platform;
  }
  if (declared.own.has(name) || (isTool(path) && declared.tools.has(name))) return undefined;
  return `${name} is not declared in ${roomOf(path)}/package.json`;
}

function troubleWithRelative(path: string, { specifier, typesOnly }: Import): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  // What starts an app (its bin folder) stands outside the rooms' sources, and may have packages and Node installed first.
  if (target.startsWith('scripts/') && !path.startsWith(`${roomOf(path)}/src/`)) return undefined;
  if (roomOf(target) !== roomOf(path)) return 'a relative import may not leave its room';
  return troubleWithPlatform(path, target, typesOnly);
}

/** What runs in one place only may be imported by what runs there; everybody may know its types. */
function troubleWithPlatform(path: string, target: string, typesOnly: boolean): string | undefined {
  const [from, to] = [platformOf(path), platformOf(target)];
  if (typesOnly || to === 'anywhere' || from === to || isTool(path)) return undefined;
  if (rooms.get(roomOf(path))?.portable === false && from === 'anywhere') return undefined;
  // A worker has most of what a page has; a page has little of what a worker has.
  if (from === 'worker' && to === 'browser') return undefined;
  return from === 'anywhere' ? `a file that runs anywhere may not import one for ${to}` : `a file for ${from} may not import one for ${to}`;
}

function troubleWithNode(path: string, specifier: string): string | undefined {
  const platform = platformOf(path);
  if (platform === 'node' || /\.test\.tsx?$/.test(path)) return undefined;
  if (platform !== 'anywhere') return `a file for ${platform} has no Node`;
  if (rooms.get(roomOf(path))?.portable === false) return undefined;
  if (path.endsWith('.contract.ts') && /^node:(?:test|assert)(?:\/|$)/.test(specifier)) return undefined;
  return 'a file without a platform in its name runs anywhere, also where there is no Node';
}

const pageName = /(?:(?<![\w$.])|(?<=\bglobalThis\.))(window|document|navigator)\b(?!\s*\??:)/g;

function pageNames({ path, text }: Source): string[] {
  if (platformOf(path) !== 'anywhere' || isTool(path)) return [];
  const { code } = scan(text);
  return [...code.matchAll(pageName)].map(
    (match) =>
      `${path}:${code.slice(0, match.index).split('\n').length}: ${match[1] ?? ''} is not there everywhere: name the file .browser.ts`,
  );
}

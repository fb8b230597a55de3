import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Command } from 'commander';
import { exitCodes } from './output/exit-codes.ts';
import { buildProgram } from './program.ts';
import { Stage } from './perform.ts';
import { contextForTests } from './testing/context.ts';

const text = await readFile(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
const chapters = new Map(text.split(/^### /m).slice(1).map((chapter) => [chapter.split('\n', 1)[0] ?? '', chapter.split(/^## /m, 1)[0] ?? '']));

/** Commands that do something themselves, by their whole name. */
function leaves(command: Command, path: string): [string, Command][] {
  if (command.commands.length === 0) return [[path, command]];
  return command.commands.flatMap((one) => leaves(one, `${path} ${one.name()}`));
}

const all = leaves(buildProgram(new Stage(contextForTests().context)), 'earshot');

test('[CLI17] the documentation has a chapter for every command, and for no other', () => {
  assert.deepEqual([...chapters.keys()].sort(), all.map(([name]) => name).sort());
});

test('[CLI17] each chapter names the options of its command, and no others', () => {
  const shared = new Set(['--json', '--profile', '--data', '--config', '--help']);
  for (const [name, command] of all) {
    const documented = new Set((chapters.get(name) ?? '').match(/--[a-z][a-z-]*/g));
    const real = command.options.flatMap(({ long }) => (long === undefined || long === null || shared.has(long) ? [] : [long]));
    for (const option of real) assert(documented.has(option), `${name} ${option} is not documented`);
    for (const option of documented) assert(real.includes(option) || shared.has(option), `${name} has no ${option}`);
  }
});

test('[CLI17] the table of exit codes is the program’s', () => {
  const table = [...text.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  assert.deepEqual(table, Object.entries(exitCodes));
});

test('every command explains itself, with an example', () => {
  for (const [name, command] of all) {
    let help = '';
    command.configureOutput({ writeOut: (piece) => (help += piece) }).outputHelp();
    assert.match(help, /Examples:\n {2}/, name);
    assert(command.description() !== '', name);
    assert(command.options.some(({ long }) => long === '--json'), name);
  }
});

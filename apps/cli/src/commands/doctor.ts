import type { Command } from 'commander';
import { apps, type App } from '@earshot/doctor/knowledge/kinds.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import type { ExaminationOptions } from '../doctor/examination.node.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { profileFolder } from '../profile/folder.node.ts';
import { openSession, readServer } from '../profile/session.node.ts';
import { makeInvitation, openData, originOf } from './operator.ts';

interface DoctorOptions extends ExaminationOptions {
  readonly app?: string;
  readonly search?: readonly string[];
  readonly drill?: true;
  readonly bundle?: string;
}

/** What is wrong, and what to do about it: on the side of a person, or of an operator. */
export function defineDoctor(program: Command, stage: Stage): void {
  const command = withProfile(program.command('doctor'))
    .description('find out what is wrong and what to do about it: the way to your server and your account, or with --server the server on this machine')
    .option('--address <url>', 'look at the way to this server, with or without an account')
    .option('--app <name>', `what does not work: ${apps.join(', ')} (default: earshot)`)
    .option('--search <words...>', 'only find what the Doctor knows about these words')
    .option('--server', 'look at the server on this machine instead: disk, rights, database, clock, certificate, backup, push, limits')
    .option('--data <dir>', 'with --server: folder of the server (default: $EARSHOT_DATA or ./data)')
    .option('--config <file>', 'with --server: configuration file (default: earshot.json in that folder)')
    .option('--certificate <file>', 'with --server: the certificate in this file (PEM), instead of the one that the address shows')
    .option('--drill', 'play what befalls people on the way, against your server and with an account that is deleted afterwards; with --server the operator invites it')
    .option('--bundle <file>', 'write what was found for somebody who helps you: shown first; no sound, no names, no addresses');
  examples(command, 'earshot doctor', 'earshot doctor --address https://voice.example.org', 'earshot doctor --search nobody hears me', 'earshot doctor --server --data /srv/earshot').action(async (options: DoctorOptions) => {
    await stage.perform(options, async (output) => {
      if (options.search) return await lookUp(output, options.search.join(' '), appOf(options));
      if (options.drill) return await play(stage.context, output, options);
      if (options.bundle !== undefined) return await writeBundle(stage.context, output, options, options.bundle);
      return await examine(stage.context, output, options);
    });
  });
}

function appOf({ app = 'earshot' }: DoctorOptions): App {
  const known = apps.find((one) => one === app);
  if (known === undefined) throw new Failure('command.usage', { option: '--app', seen: app, must: `be one of ${apps.join(', ')}` });
  return known;
}

/** Findings first; then, where somebody sits at a terminal, the conversation that goes after them. */
async function examine(context: Context, output: Output, options: DoctorOptions): Promise<ExitCode> {
  const [{ examinationOf }, { tellFindings }, { isTerminal }] = await Promise.all([import('../doctor/examination.node.ts'), import('../doctor/tell.ts'), import('../doctor/talk.ts')]);
  const app = appOf(options);
  const examination = await examinationOf(context, options);
  output.progress('Looking ...');
  const results = await examination.look(examination.asked);
  // Programs get ids; reading the words takes longer than looking.
  if (output.json) return tellFindings(output, examination.side, results, []);
  const knowledge = await (await import('../doctor/knowledge.node.ts')).knowledge();
  const exit = tellFindings(output, examination.side, results, knowledge.probes);
  if (examination.side === 'user' && isTerminal(context)) {
    const [{ consult }, { terminalTalk }] = await Promise.all([import('../doctor/consult.node.ts'), import('../doctor/talk.ts')]);
    using talk = terminalTalk(context);
    await consult({ context, knowledge, examination, profile: profileFolder(context, options.profile), app, talk }, results);
  }
  return exit;
}

async function writeBundle(context: Context, output: Output, options: DoctorOptions, path: string): Promise<ExitCode> {
  const [{ examinationOf }, { share }] = await Promise.all([import('../doctor/examination.node.ts'), import('../doctor/share.node.ts')]);
  await share(context, output, await examinationOf(context, options), profileFolder(context, options.profile), path);
  return 0;
}

async function lookUp(output: Output, words: string, app: App): Promise<ExitCode> {
  const [{ knowledge: known }, { createSearch }, { entryText }] = await Promise.all([import('../doctor/knowledge.node.ts'), import('@earshot/doctor/search/search.ts'), import('../doctor/entries.ts')]);
  const knowledge = await known();
  const found = createSearch(knowledge)(words, { app, limit: 5 });
  if (found.length === 0) throw new Failure('not-found', { words });
  for (const { kind, id, title } of found) {
    const text = entryText(knowledge, { kind, id });
    output.result({ kind, id, title: title.en, text }, `${title.en}\n  ${text.replaceAll('\n', '\n  ')}\n`);
  }
  return 0;
}

async function play(context: Context, output: Output, options: DoctorOptions): Promise<ExitCode> {
  const { drill } = await import('../doctor/drill/drill.node.ts');
  const { clock, random, ending: signal } = context;
  const { origin, invitation } = await (options.server ? invitedByOperator(context, options) : invitedByPerson(context, options));
  return (await drill(output, { origin, invitation, clock, random, signal })) ? 0 : 1;
}

async function invitedByOperator(context: Context, options: DoctorOptions): Promise<{ origin: string; invitation: string }> {
  const { operator, config } = await openData(context, options);
  await using _ = operator;
  const origin = await originOf(config);
  const { link } = await makeInvitation(operator, context.random, { origin });
  return { origin, invitation: new URL(link).hash.slice(1) };
}

async function invitedByPerson(context: Context, options: DoctorOptions): Promise<{ origin: string; invitation: string }> {
  await using session = await openSession(context, options);
  const origin = await readServer(session.dir);
  if (origin === null) throw new Failure('device.profile-empty', { profile: session.dir });
  return { origin, invitation: (await session.earshot.people.invite()).secret };
}

import { Command, CommanderError } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import { defineAccounts } from './commands/accounts.ts';
import { defineAnew } from './commands/anew.ts';
import { defineBackup } from './commands/backup.ts';
import { defineCheck } from './commands/check.ts';
import { defineConversations } from './commands/conversations.ts';
import { defineBringBack, defineDeleted } from './commands/deleted.ts';
import { defineDevices } from './commands/devices.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineExpiry } from './commands/expiry.ts';
import { defineFind, defineWords } from './commands/find.ts';
import { defineForward } from './commands/forward.ts';
import { defineGroup } from './commands/group.ts';
import { defineGive } from './commands/give.ts';
import { defineHeard } from './commands/heard.ts';
import { defineInvite } from './commands/invite.ts';
import { defineJoin } from './commands/join.ts';
import { defineKeep } from './commands/keep.ts';
import { defineLink } from './commands/link.ts';
import { defineList } from './commands/list.ts';
import { defineListen } from './commands/listen.ts';
import { defineLogin } from './commands/login.ts';
import { defineLogout } from './commands/logout.ts';
import { defineOutbox } from './commands/outbox.ts';
import { defineBlock, definePeople } from './commands/people.ts';
import { defineReach } from './commands/reach.ts';
import { defineRecovery } from './commands/recovery.ts';
import { defineRemove } from './commands/remove.ts';
import { defineRestore } from './commands/restore.ts';
import { defineSave } from './commands/save.ts';
import { defineSeek } from './commands/seek.ts';
import { defineSend } from './commands/send.ts';
import { defineServe } from './commands/serve.ts';
import { defineStatus } from './commands/status.ts';
import { defineStorage } from './commands/storage.ts';
import { defineUnlock } from './commands/unlock.ts';
import { defineVerify } from './commands/verify.ts';
import { defineWhere } from './commands/where.ts';
import type { Context } from './context.ts';
import { exitCodeOf, type ExitCode } from './output/exit-codes.ts';
import { Output } from './output/output.ts';
import { Stage } from './perform.ts';
import { version } from './version.ts';

/** Grouped as `earshot help` shows them. */
const chapters: readonly (readonly [title: string, defined: readonly ((program: Command, stage: Stage) => void)[]])[] = [
  ['Voice messages:', [
    defineSend, defineListen, defineList, defineFind, defineWords, defineSave, defineForward, defineWhere, defineSeek, defineGive, defineHeard, defineKeep, defineExpiry,
    defineRemove, defineDeleted, defineBringBack, defineOutbox, defineStorage,
  ]],
  ['People and conversations:', [definePeople, defineConversations, defineGroup, defineBlock, defineVerify]],
  ['Your account:', [defineJoin, defineLogin, defineUnlock, defineAnew, defineLogout, defineDevices, defineLink, defineRecovery, defineReach]],
  ['When something is wrong:', [defineDoctor]],
  ['For the operator of a server:', [defineServe, defineStatus, defineCheck, defineBackup, defineRestore, defineInvite, defineAccounts]],
];

/** All of `earshot`: the words are defined here, what they do is in `commands/`. */
export function buildProgram(stage: Stage): Command {
  const program = new Command('earshot')
    .description('Earshot, a self-hosted voice messenger: send, hear and keep voice messages; run a server.')
    .version(version, '--version')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', '\nEvery command has --json and --help. What the exit codes mean: docs/command-line.md');
  for (const [title, defined] of chapters) {
    program.commandsGroup(title);
    for (const define of defined) define(program, stage);
  }
  quieten(program, stage.context);
  return program;
}

/** Errors and the end of the process are ours; help goes where results go. */
function quieten(command: Command, context: Context): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void context.out.write(text),
    writeErr: () => undefined,
    outputError: () => undefined,
  });
  for (const one of command.commands) quieten(one, context);
}

/** Runs one command line and returns its exit code. Throws only what is our bug. */
export async function runEarshot(args: readonly string[], context: Context): Promise<ExitCode> {
  const stage = new Stage(context);
  const program = buildProgram(stage);
  try {
    await program.parseAsync(args, { from: 'user' });
    return stage.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return misunderstood(error, args, program, context);
  }
}

function misunderstood(error: CommanderError, args: readonly string[], program: Command, context: Context): ExitCode {
  // Help and version were asked for and given.
  if (error.exitCode === 0) return 0;
  const spoken = program.commands.find((command) => command.name() === args[0] && command.commands.length > 0) ?? program;
  const failure = new Failure('command.usage', { message: firstLine(error, spoken) });
  new Output(context, args.includes('--json')).failure(failure);
  return exitCodeOf(failure.code);
}

function firstLine(error: CommanderError, program: Command): string {
  if (error.code !== 'commander.help') return error.message.replace(/^error: /, '').split('\n', 1)[0] ?? '';
  return `say what to do: ${program.commands.map((command) => command.name()).join(', ')}`;
}

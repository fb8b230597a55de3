import type { Command } from 'commander';
import type { Id } from '@earshot/base/ids.ts';
import { resolveConversation, resolvePerson } from '../names/resolve.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';

interface CreateOptions extends ProfileOptions {
  readonly members?: string;
}

interface LeaveOptions extends ProfileOptions {
  readonly anyway?: boolean;
}

export function defineGroup(program: Command, stage: Stage): void {
  const group = program.command('group').description('make a group, and change who is in it');
  const create = withProfile(group.command('create'))
    .description('make a group; you are its first owner')
    .argument('<title>', 'what it is called')
    .option('--members <names>', 'who is in it, separated by commas');
  examples(create, "earshot group create 'Night shift' --members ben,carla").action(async (title: string, options: CreateOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const members = await peopleNamed(session, (options.members ?? '').split(',').filter((name) => name.trim() !== ''));
      const conversation = await session.delivered(() => session.earshot.conversations.createGroup({ title, members }));
      output.result({ conversation, title, members }, `${title}: ${conversation}`);
    });
  });
  defineAdd(group, stage);
  defineRemove(group, stage);
  defineLeave(group, stage);
  defineRename(group, stage);
}

function defineAdd(group: Command, stage: Stage): void {
  const command = withProfile(group.command('add')).description('add people to a group you own').argument('<group>', 'title or id').argument('<names...>', 'who joins');
  examples(command, "earshot group add 'Night shift' dora").action(async (name: string, names: string[], options: ProfileOptions) => {
    await inGroup(stage, options, name, async (session, conversation, output) => {
      const members = await peopleNamed(session, names);
      await session.delivered(() => session.earshot.conversations.add(conversation, members));
      output.result({ conversation, added: members }, `Added to ${name}.`);
    });
  });
}

function defineRemove(group: Command, stage: Stage): void {
  const command = withProfile(group.command('remove')).description('remove a person from a group you own').argument('<group>', 'title or id').argument('<name>', 'who goes');
  examples(command, "earshot group remove 'Night shift' ben").action(async (name: string, who: string, options: ProfileOptions) => {
    await inGroup(stage, options, name, async (session, conversation, output) => {
      const [person = ''] = await peopleNamed(session, [who]);
      await session.delivered(() => session.earshot.conversations.remove(conversation, person));
      output.result({ conversation, removed: person }, `${who} is not in ${name} any more.`);
    });
  });
}

function defineLeave(group: Command, stage: Stage): void {
  const command = withProfile(group.command('leave'))
    .description('leave a group; what you heard there stays yours, and what is not here is fetched first')
    .argument('<group>', 'title or id')
    .option('--anyway', 'leave also where some of it cannot be fetched now');
  examples(command, "earshot group leave 'Night shift'").action(async (name: string, { anyway = false, ...options }: LeaveOptions) => {
    await inGroup(stage, options, name, async (session, conversation, output) => {
      await session.delivered(() => session.earshot.conversations.leave(conversation, { anyway }));
      output.result({ conversation, left: true }, `You left ${name}.`);
    });
  });
}

function defineRename(group: Command, stage: Stage): void {
  const command = withProfile(group.command('rename')).description('give a group another title').argument('<group>', 'title or id').argument('<title>', 'the new title');
  examples(command, "earshot group rename 'Night shift' 'Day shift'").action(async (name: string, title: string, options: ProfileOptions) => {
    await inGroup(stage, options, name, async (session, conversation, output) => {
      await session.delivered(() => session.earshot.conversations.rename(conversation, title));
      output.result({ conversation, title }, `${name} is called ${title} now.`);
    });
  });
}

async function inGroup(stage: Stage, options: ProfileOptions, name: string, work: (session: Session, conversation: Id, output: Output) => Promise<void>): Promise<void> {
  await stage.perform(options, async (output) => {
    await using session = await openSession(stage.context, options);
    await work(session, await session.find((known) => resolveConversation(name, known)), output);
  });
}

async function peopleNamed(session: Session, names: readonly string[]): Promise<Id[]> {
  return await session.find(({ people }) => names.map((name) => resolvePerson(name.trim(), people)));
}

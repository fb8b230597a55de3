import type { Command } from 'commander';
import type { Conversation, Message, Recipient } from '@earshot/client/earshot.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { writeTerm } from '../names/term.ts';
import type { JsonLine, Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { nameOf, ruleWords } from './list.ts';
import { knownMessage } from './save.ts';

/** The way of one message, a line for each place it has reached, and for each where it stands still. */
export function defineWhere(program: Command, stage: Stage): void {
  const command = withProfile(program.command('where'))
    .description('where a message is: recorded, here, on the server, delivered to whom, heard by whom, what it waits for, how long it stays')
    .argument('<id>', 'the message');
  examples(command, 'earshot where 4hqk...', 'earshot where 4hqk... --json').action(async (id: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      const { conversation } = await knownMessage(session, id);
      await ask(session, output, conversation);
      const [message, where] = await Promise.all([knownMessage(session, id), session.earshot.conversations.get(conversation)]);
      for (const { line, text } of stepsOf(message, where, stage.context.clock.now())) output.result({ message: id, conversation, ...line }, text);
    });
  });
}

/** What the recipients' devices said; without the server, what this device knows. */
async function ask(session: Session, output: Output, conversation: string): Promise<void> {
  try {
    await session.earshot.messages.ask(conversation);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.note(`earshot: ${failures[error.code].cause} This is what this device knows. [${error.code}]`);
  }
}

interface Step {
  readonly line: JsonLine;
  readonly text: string;
}

const clock = (time: number): string => new Date(time).toLocaleString();

/** `now` by the clock of this device, as the next try is. */
export function stepsOf(message: Message, where: Conversation | null, now: number): Step[] {
  const steps: Step[] = [];
  if (message.kept !== null) {
    steps.push({ line: { at: 'recording', time: message.kept.begun }, text: `${clock(message.kept.begun)}  recording began` });
    steps.push({ line: { at: 'here', time: message.kept.at }, text: `${clock(message.kept.at)}  whole on this device` });
  }
  if (message.seq !== null) steps.push({ line: { at: 'server', time: message.time }, text: `${clock(message.time)}  on the server` });
  return [...steps, ...waitingHere(message, now), ...message.recipients.flatMap((one) => recipientSteps(one, nameOf(one.person, where))), ...keepingSteps(message, where)];
}

/** When it ends, who keeps it, which rule took it. */
function keepingSteps({ expiry, expires, keptFor, removed, resting }: Message, where: Conversation | null): Step[] {
  const steps: Step[] = [];
  if (expiry !== null && keptFor === null && removed === null) {
    const text = expiry.seconds === 0 ? 'can be heard once' : `ends ${writeTerm(expiry.seconds)} after it was heard`;
    steps.push({ line: { at: 'expiry', expiry: expiry.seconds, time: expires }, text: expires === null ? text : `${clock(expires)}  ends for you` });
  }
  if (keptFor !== null) {
    const personName = nameOf(keptFor.by, where);
    steps.push({ line: { at: 'kept', person: keptFor.by, personName, time: keptFor.at }, text: `${clock(keptFor.at)}  kept by ${personName}` });
  }
  if (removed !== null) {
    const { at, by, rule } = removed;
    const personName = nameOf(by, where);
    steps.push({ line: { at: 'removed', rule, person: by, personName, time: at }, text: `${clock(at)}  ${rule === 'expired' ? ruleWords.expired : `${ruleWords[rule]} by ${personName}`}` });
  }
  if (resting !== null) steps.push({ line: { at: 'resting', whose: resting.whose, time: resting.until }, text: `${clock(resting.until)}  until then in Recently Deleted: earshot bring-back` });
  return steps;
}

function waitingHere({ state }: Message, now: number): Step[] {
  if (state.at === 'set-aside') return [waiting(state.code, { at: 'set-aside', until: null })];
  if (state.at !== 'sending') return [];
  if (state.waiting === null) return [{ line: { at: 'sending' }, text: 'on its way to the server' }];
  const { code, until } = state.waiting;
  // The next try has begun already: until it has failed as well, or got through, no time lies ahead.
  return [waiting(code, { at: 'waiting', until: until > now ? until : null })];
}

function waiting(code: FailureCode, line: JsonLine): Step {
  const { cause, next } = failures[code];
  return { line: { ...line, code, cause, next }, text: `${cause} ${next} [${code}]` };
}

function recipientSteps({ person, heard, devices, stands }: Recipient, personName: string): Step[] {
  const steps = devices.flatMap(({ device, delivered }): Step[] =>
    delivered === null ? [] : [{ line: { at: 'delivered', person, personName, device, time: delivered }, text: `${clock(delivered)}  delivered to ${personName}, device ${device}` }],
  );
  if (heard !== null) steps.push({ line: { at: 'heard', person, personName, time: heard }, text: `${clock(heard)}  heard by ${personName}` });
  if (stands === null) return steps;
  const since = Number(stands.evidence['since'] ?? 0);
  const { line, text } = waiting(stands.code, { at: 'stands', person, personName, since: since === 0 ? null : since });
  return [...steps, { line, text: `${personName}: ${text}${since === 0 ? '' : `  last online ${clock(since)}`}` }];
}

import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, Earshot, Message } from '@earshot/client/earshot.ts';
import type { AnswerOf } from '@earshot/doctor/probes/catalogue.ts';
import type { Finding, ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { WakingState } from '../../waking/waking.ts';
import { once } from './shared.ts';

/** The newest of each: whoever has more than these waiting has the same thing waiting. */
const CONVERSATIONS = 30;
const MESSAGES = 12;

export interface MessageParts {
  readonly earshot: Earshot;
  /** Where the Doctor was called from; null when from nowhere in particular. */
  readonly conversation: Id | null;
  readonly waking: () => WakingState;
}

const STANDS: Partial<Record<FailureCode, AnswerOf<'recipient'>>> = {
  'recipient.away': 'away', 'recipient.no-device': 'no-device', 'recipient.storage': 'storage', 'recipient.version': 'version', 'recipient.damaged': 'damaged',
};
const WAKING: Readonly<Record<WakingState, AnswerOf<'push'>>> = { unknown: 'unknown', silent: 'off-there', unsupported: 'unsupported', 'home-screen': 'unsupported', denied: 'denied', off: 'off-here', on: 'on' };

interface Own {
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
}

/** What was to be sent, and to whom: read from this device. */
export function messageProbes({ earshot, conversation, waking }: MessageParts): ProbeSet {
  const own = once(() => ownMessages(earshot));
  return {
    'waiting-messages': async () => {
      const all = (await own(NEVER)).flatMap(({ messages }) => messages);
      const [refused, waiting] = [all.filter(isRefused), all.filter(isWaiting)];
      const code = codeOf(refused[0] ?? waiting[0]);
      return { answer: refused.length > 0 ? 'refused' : waiting.length > 0 ? 'waiting' : 'none', measured: { refused: refused.length, waiting: waiting.length }, code };
    },
    conversation: async () => {
      if (conversation === null) return { answer: 'unknown' };
      return conversationFinding(await own(NEVER), conversation);
    },
    recipient: async () => (conversation === null ? { answer: 'unknown' } : recipientFinding(earshot, conversation)),
    push: async (signal) => ({ answer: WAKING[await found(waking, signal)] }),
  };
}

/** Whoever opens the page with the Doctor asks before the server has said whether it wakes anybody. */
async function found(waking: () => WakingState, signal: AbortSignal): Promise<WakingState> {
  while (waking() === 'unknown' && !signal.aborted) await new Promise((resolve) => void setTimeout(resolve, LOOK_AGAIN));
  return waking();
}

/** Milliseconds. */
const LOOK_AGAIN = 100;
const NEVER = new AbortController().signal;

async function ownMessages(earshot: Earshot): Promise<readonly Own[]> {
  if ((await earshot.account.current()) === null) return [];
  const conversations = (await earshot.conversations.list()).slice(0, CONVERSATIONS);
  return Promise.all(conversations.map(async (one) => ({ conversation: one, messages: (await earshot.messages.list(one.id, { limit: MESSAGES })).filter(({ mine }) => mine) })));
}

function conversationFinding(all: readonly Own[], id: Id): Finding<'conversation'> {
  const here = all.find(({ conversation }) => conversation.id === id);
  if (here === undefined) return { answer: 'unknown' };
  if (here.conversation.closed !== null) return { answer: 'closed', code: 'conversation.closed' };
  const stuck = here.messages.filter(isStuck);
  if (stuck.length === 0) return { answer: 'open' };
  const others = all.filter((one) => one !== here && one.messages.length > 0);
  const alone = others.some(({ messages }) => messages.some((one) => !isStuck(one) && one.time > (stuck[0]?.time ?? 0))) || (others.length > 0 && others.every(({ messages }) => !messages.some(isStuck)));
  return { answer: alone ? 'only-this' : 'all', measured: { stuck: stuck.length }, code: codeOf(stuck[0]) };
}

/** Of the newest of one's own messages that is on the server. */
async function recipientFinding(earshot: Earshot, conversation: Id): Promise<Finding<'recipient'>> {
  try {
    await earshot.messages.ask(conversation);
  } catch (error) {
    // What was known before has to do.
    if (!(error instanceof Failure)) throw error;
  }
  const newest = (await earshot.messages.list(conversation, { limit: MESSAGES })).findLast(({ mine, state, removed }) => mine && removed === null && !['sending', 'set-aside'].includes(state.at));
  if (newest === undefined || newest.recipients.length === 0) return { answer: 'unknown' };
  const stands = newest.recipients.flatMap((one) => (one.stands === null ? [] : [one.stands.code]))[0];
  if (stands === undefined) return { answer: 'reached' };
  return { answer: STANDS[stands] ?? 'unknown', code: stands };
}

function isRefused({ state }: Message): boolean {
  return state.at === 'set-aside';
}

function isWaiting({ state }: Message): boolean {
  return state.at === 'sending' && state.waiting !== null;
}

function isStuck(message: Message): boolean {
  return isRefused(message) || isWaiting(message);
}

function codeOf(message: Message | undefined): FailureCode | null {
  if (message?.state.at === 'set-aside') return message.state.code;
  return message?.state.at === 'sending' ? (message.state.waiting?.code ?? null) : null;
}

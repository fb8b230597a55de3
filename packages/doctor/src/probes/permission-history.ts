import type { AnswerOf } from './catalogue.ts';

/** What the permission was, seen at a moment, in a browser and system named by `system`. Kept on the device. */
export interface PermissionSeen {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly state: 'granted' | 'ask' | 'denied';
  readonly system: string;
}

/** Changes only are kept, and the newest of them: a year of a device that was updated every fortnight. */
const KEPT = 26;

export function withSeen(history: readonly PermissionSeen[], seen: PermissionSeen): readonly PermissionSeen[] {
  const last = history.at(-1);
  if (last !== undefined && last.state === seen.state && last.system === seen.system) return history;
  return [...history, seen].slice(-KEPT);
}

/** What became of the permission. Losing it once may be a person's own doing; twice is something that does it. */
export function judgeHistory(history: readonly PermissionSeen[]): { answer: AnswerOf<'permission-history'>; losses: number } {
  const losses = history.filter((seen, at) => seen.state !== 'granted' && history[at - 1]?.state === 'granted');
  const last = losses.at(-1);
  if (last === undefined || history.at(-1)?.state === 'granted') return { answer: losses.length >= 2 ? 'flips' : 'steady', losses: losses.length };
  const before = history[history.indexOf(last) - 1];
  if (before?.system !== last.system) return { answer: 'lost-after-update', losses: losses.length };
  return { answer: losses.length >= 2 ? 'flips' : 'lost-once', losses: losses.length };
}

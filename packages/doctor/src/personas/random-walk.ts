import type { Random } from '@earshot/base/random.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Action } from '../engine/action.ts';
import type { Doctor } from '../engine/doctor.ts';
import { violationsOf } from '../engine/safety.ts';
import { happened, openSession, type Session } from '../engine/session.ts';
import { apps, browsers, places, platforms, trees } from '../knowledge/kinds.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { respond } from './respond.ts';

/** More than this nobody walks; every walk of the knowledge ends before it. */
const longest = 300;

/** Answers whatever comes, does or passes over whatever is offered, and tells every violation of safety on the way. */
export function walkAtRandom(knowledge: Knowledge, doctor: Doctor, random: Random): { violations: string[]; length: number } {
  let session = anySession(knowledge, random);
  const violations: string[] = [];
  for (let length = 0; length < longest; length += 1) {
    const action = doctor.next(session);
    violations.push(...violationsOf(knowledge, session, doctor.tree(session), action, doctor.suspects(session)));
    if (action.kind === 'end' && (action.how !== 'cured' || random.fraction() < 0.5)) return { violations, length };
    // Whatever was stored comes back from JSON, as it does after a reload.
    session = JSON.parse(JSON.stringify(anyResponse(knowledge, session, action, random))) as Session;
  }
  return { violations: [...violations, `SAFE5 a walk without end`], length: longest };
}

function anySession(knowledge: Knowledge, random: Random): Session {
  const setting = { app: pick(apps, random), platform: pick([...platforms, null], random), browser: pick([...browsers, null], random), place: pick(places, random) };
  const symptom = random.fraction() < 0.8 ? pick(knowledge.symptoms, random) : undefined;
  const code = random.fraction() < 0.3 ? pick(Object.keys(failures) as FailureCode[], random) : null;
  return openSession(setting, { symptom: symptom?.id ?? null, code });
}

function anyResponse(knowledge: Knowledge, session: Session, action: Action, random: Random): Session {
  const answer = (of: string): string => {
    const entry = [...knowledge.probes, ...knowledge.questions].find(({ id }) => id === of);
    return pick([...(entry?.answers ?? []).map(({ id }) => id), 'unknown'], random);
  };
  if (action.kind === 'choose-tree') return { ...session, tree: pick(trees, random) };
  if (action.kind === 'end') return happened(session, { kind: 'still-there' });
  return happened(session, ...respond(action, { answer, hasBackup: () => random.fraction() < 0.5, doesStep: () => random.fraction() < 0.7 }));
}

function pick<T>(list: readonly T[], random: Random): T {
  const picked = list[Math.floor(random.fraction() * list.length)];
  if (picked === undefined && list.length === 0) throw new Error('nothing to choose from');
  return picked as T;
}

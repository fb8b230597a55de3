import { createDoctor } from '@earshot/doctor/engine/doctor.ts';
import { happened, openSession, type Session } from '@earshot/doctor/engine/session.ts';
import type { App, Platform } from '@earshot/doctor/knowledge/kinds.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { bearingOf } from '@earshot/doctor/probes/catalogue.ts';
import type { ProbeResult } from '@earshot/doctor/probes/probe.ts';
import { createSearch } from '@earshot/doctor/search/search.ts';
import type { Context } from '../context.ts';
import type { Examination } from './examination.node.ts';
import { keepVisit, readVisit } from './kept-visit.node.ts';
import { Left, type Talk } from './talk.ts';
import { visit } from './visit.ts';

export interface Consultation {
  readonly context: Context;
  readonly knowledge: Knowledge;
  readonly examination: Examination;
  readonly profile: string;
  readonly app: App;
  readonly talk: Talk;
}

/** Asks what is wrong and goes after it until it is cured or named, or until somebody leaves. What was seen already counts. */
export async function consult(consultation: Consultation, seen: readonly ProbeResult[]): Promise<void> {
  const { context, knowledge, examination, profile, talk } = consultation;
  const doctor = createDoctor(knowledge);
  const look = async (probes: readonly string[]) => new Map((await examination.look(probes)).map(({ probe, answer }) => [probe as string, answer as string]));
  let isKept = true;
  const keep = async (session: Session): Promise<void> => void (isKept = await keepVisit(profile, session, context.random));
  try {
    const kept = await readVisit(profile);
    const open = kept !== null && doctor.next(kept).kind !== 'end' && (await talk.choose('You were here before. Go on where you left?', yesOrNo)) === 'yes';
    const session = open ? kept : await admit(consultation, seen);
    if (session !== null) await visit({ knowledge, doctor, talk, clock: context.clock, signal: context.ending, look, keep }, session);
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    talk.say(isKept ? 'Until next time: `earshot doctor` goes on where you left.' : 'Until next time. This visit could not be written down on this disk, so it begins anew then.');
  }
}

const yesOrNo = [{ id: 'yes', text: 'Yes' }, { id: 'no', text: 'No' }];

/** Null when nothing is wrong. */
async function admit({ knowledge, talk, app }: Consultation, seen: readonly ProbeResult[]): Promise<Session | null> {
  const found = seen.find(({ probe, answer }) => bearingOf(probe, answer) === 'trouble');
  const words = await talk.words('What is wrong? Say it in your own words, or press Enter when nothing else is.');
  if (words === null && found === undefined) return null;
  const symptoms = words === null ? [] : createSearch(knowledge)(words, { app, kinds: ['symptom'], limit: 5 });
  const symptom = symptoms.length === 0 ? null : await talk.choose('Which is nearest?', [...symptoms.map(({ id, title }) => ({ id, text: title.en })), { id: '', text: 'None of these' }]);
  const setting = { app, platform: platformHere(), browser: null, place: 'cli' } as const;
  const known = symptom ? { symptom } : { tree: words === null ? ('not-working' as const) : null };
  return happened(openSession(setting, known), ...seen.map(({ probe, answer }) => ({ kind: 'answer' as const, of: probe, answer })));
}

export function platformHere(): Platform | null {
  const known: Partial<Record<NodeJS.Platform, Platform>> = { linux: 'linux', darwin: 'macos', win32: 'windows', android: 'android' };
  return known[process.platform] ?? null;
}

import { unreachable } from '@earshot/base/assert.ts';
import type { Clock } from '@earshot/base/clock.ts';
import type { Action, Conclusion } from '@earshot/doctor/engine/action.ts';
import type { Doctor } from '@earshot/doctor/engine/doctor.ts';
import { happened, type Happening, type Session } from '@earshot/doctor/engine/session.ts';
import type { Answer, Knowledge, Step, Way } from '@earshot/doctor/knowledge/schema.ts';
import type { Talk } from './talk.ts';

export interface VisitPorts {
  readonly knowledge: Knowledge;
  readonly doctor: Doctor;
  readonly talk: Talk;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs these probes; each gives one of its answers, or `unknown`. */
  readonly look: (probes: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Called after each happening: whoever leaves goes on from there. */
  readonly keep: (session: Session) => Promise<void>;
}

/** One visit, from wherever `session` stands to its conclusion. What comes next is the engine's decision; here it is only spoken. */
export async function visit(ports: VisitPorts, session: Session): Promise<{ readonly session: Session; readonly end: Conclusion }> {
  const action = ports.doctor.next(session);
  if (action.kind === 'end') {
    conclude(ports, action);
    return { session, end: action };
  }
  const next = action.kind === 'choose-tree' ? { ...session, tree: await chooseTree(ports.talk) } : happened(session, ...(await respond(ports, action)));
  await ports.keep(next);
  return await visit(ports, next);
}

async function chooseTree(talk: Talk): Promise<Session['tree']> {
  const chosen = await talk.choose('What is it?', [{ id: 'not-working', text: 'Something does not work: recording, sending, playing.' }, { id: 'gone', text: 'Something has disappeared.' }]);
  return chosen === 'gone' ? 'gone' : 'not-working';
}

async function respond(ports: VisitPorts, action: Exclude<Action, Conclusion | { kind: 'choose-tree' }>): Promise<Happening[]> {
  switch (action.kind) {
    case 'probe': {
      const seen = await ports.look(action.probes);
      return action.probes.map((of) => ({ kind: 'answer', of, answer: seen.get(of) ?? 'unknown' }));
    }
    case 'ask':
      return [{ kind: 'answer', of: action.of, answer: await ask(ports, action.of) }];
    case 'secure': {
      const verified = await ports.talk.choose('The next step can lose something. Is there a backup that was read back once?', [{ id: 'yes', text: 'Yes' }, { id: 'no', text: 'No' }]);
      return [{ kind: 'backup', verified: verified === 'yes' }];
    }
    case 'step':
      return [{ kind: 'step', step: action.step, outcome: await take(ports, action.step, action.ways) }];
    case 'retest':
      return [{ kind: 'retest', step: action.step, of: action.of, answer: await again(ports, action.of) }];
    default:
      return unreachable(action);
  }
}

/** Looks once more, or asks once more. */
async function again(ports: VisitPorts, of: string): Promise<string> {
  const isProbe = ports.knowledge.probes.some(({ id, asks, where }) => id === of && asks !== true && where.includes('cli'));
  return isProbe ? ((await ports.look([of])).get(of) ?? 'unknown') : await ask(ports, of);
}

async function ask({ knowledge, talk }: VisitPorts, of: string): Promise<string> {
  const question = knowledge.questions.find(({ id }) => id === of);
  const probe = knowledge.probes.find(({ id }) => id === of);
  const answers = (question ?? probe)?.answers ?? [];
  const text = question === undefined ? `${probe?.title.en ?? of}: ${probe?.measures.en ?? ''}` : `${question.text.en}\n(${question.why.en})`;
  return (await talk.choose(text, answers.map(({ id, text: { en } }) => ({ id, text: en })))) ?? 'unknown';
}

async function take({ knowledge, talk, clock, signal }: VisitPorts, id: string, ways: readonly Way[]): Promise<'done' | 'passed-over'> {
  const step = knowledge.steps.find((one) => one.id === id);
  if (step === undefined) return 'passed-over';
  talk.say(`\n${stepText(step, ways)}`);
  const outcome = await talk.choose('Did you do it?', [{ id: 'done', text: 'Yes, it is done.' }, { id: 'passed-over', text: 'No: I cannot, or do not want to.' }]);
  if (outcome !== 'done') return 'passed-over';
  if (step.waits !== undefined) {
    talk.say(`Now wait ${step.waits} seconds ...`);
    await clock.sleep(step.waits * 1000, signal);
  }
  return 'done';
}

export function stepText({ title, why, warning, destroys, undo }: Step, ways: readonly Way[]): string {
  const [first, ...others] = ways;
  return [
    `${title.en}. ${why.en}`,
    ...(warning === undefined ? [] : [`Take care: ${warning.en}`]),
    ...(destroys.length === 0 ? [] : [`What is lost by it: ${destroys.map(({ en }) => en).join('; ')}`]),
    ...(first?.do.en ?? []).map((line) => `  - ${line}`),
    ...others.map((way) => `  or${way.versions === undefined ? '' : ` (${way.versions.en})`}: ${way.do.en.join(' ')}`),
    ...(undo === undefined ? [] : [`To take it back: ${undo.en}`]),
  ].join('\n');
}

function conclude({ knowledge, talk }: VisitPorts, { how, suspects, reasons }: Conclusion): void {
  const named = suspects.flatMap(({ cause, chance }) => knowledge.causes.filter(({ id }) => id === cause).map((one) => ({ ...one, chance })));
  const [first, ...others] = named;
  if (how === 'cured') talk.say(`\nIt works again.${first === undefined ? '' : ` It was this: ${first.title.en}.`}`);
  else if (first === undefined) talk.say('\nNothing was found.');
  else talk.say(`\n${how === 'known' ? 'It is this' : 'Most likely'}: ${first.title.en}. ${first.explain.en}`);
  if (how === 'open' && others.length > 0) talk.say(`Or: ${others.map(({ title }) => title.en).join('; ')}.`);
  // What was looked at twice is told once.
  const speaking = [...new Set(reasons.filter(({ bits }) => bits > 0).map((reason) => reasonText(knowledge, reason)))].slice(0, 3);
  if (speaking.length > 0) talk.say(`What speaks for it: ${speaking.join('; ')}.`);
}

function reasonText({ probes, questions, symptoms }: Knowledge, { of, answer }: Conclusion['reasons'][number]): string {
  const said = (answers: readonly Answer[]): string => answers.find(({ id }) => id === answer)?.text.en ?? answer;
  const probe = probes.find(({ id }) => id === of);
  if (probe !== undefined) return `${probe.title.en}: ${said(probe.answers)}`;
  const question = questions.find(({ id }) => id === of);
  if (question !== undefined) return `${question.text.en} ${said(question.answers)}`;
  return symptoms.find(({ id }) => id === of)?.title.en ?? of;
}

import type { Reason } from '@earshot/doctor/engine/action.ts';
import type { Fact, Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { isFailureCode } from '@earshot/protocol/failures.ts';
import type { DoctorWords } from '../words/doctor-words.ts';
import type { Words } from '../words/words.ts';

/** Entries of the knowledge, said in words. What is not known by its id is said by it: an older visit may name what was renamed since. */

export function titleOfCause(knowledge: Knowledge, id: string, said: DoctorWords): string {
  const cause = knowledge.causes.find((one) => one.id === id);
  return cause === undefined ? id : said.say(cause.title);
}

export function titleOfStep(knowledge: Knowledge, id: string, said: DoctorWords): string {
  const step = knowledge.steps.find((one) => one.id === id);
  return step === undefined ? id : said.say(step.title);
}

/** "Storage: nearly full" */
export function sentenceOf(reason: Reason, knowledge: Knowledge, said: DoctorWords, words: Words): string {
  const { kind, of, answer } = reason;
  if (kind === 'code') return said.t('saidCode', { what: isFailureCode(of) ? words.failure(of).cause : of });
  if (kind === 'symptom') {
    const symptom = knowledge.symptoms.find(({ id }) => id === of);
    return said.t('saidSymptom', { what: symptom === undefined ? of : said.say(symptom.title) });
  }
  if (kind === 'retest') {
    const test = knowledge.steps.find(({ id }) => id === of)?.test ?? '';
    return said.t('saidRetest', { step: titleOfStep(knowledge, of, said), what: answerText(knowledge, test, answer, said) });
  }
  const probe = knowledge.probes.find(({ id }) => id === of);
  const question = knowledge.questions.find(({ id }) => id === of);
  const asked = probe?.title ?? question?.text;
  return `${asked === undefined ? of : said.say(asked)} ${probe === undefined ? '' : '– '}${answerText(knowledge, of, answer, said)}`;
}

export function answerText(knowledge: Knowledge, of: string, answer: string, said: DoctorWords): string {
  const entry = [...knowledge.probes, ...knowledge.questions].find(({ id }) => id === of);
  const text = entry?.answers.find(({ id }) => id === answer)?.text;
  if (text !== undefined) return said.say(text);
  return answer === 'unknown' ? said.t('unknown') : answer;
}

/** What else is worth knowing beside these entries. */
export function factsBeside(knowledge: Knowledge, ids: readonly string[]): readonly Fact[] {
  return knowledge.facts.filter(({ beside }) => beside?.some((id) => ids.includes(id)) === true);
}

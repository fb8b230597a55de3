import type { Found } from '@earshot/doctor/search/search.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { stepText } from './visit.ts';

/** What an entry says, in the words of whoever wrote it. */
export function entryText(knowledge: Knowledge, { kind, id }: Pick<Found, 'kind' | 'id'>): string {
  const of = <T extends { readonly id: string }>(entries: readonly T[], say: (entry: T) => string): string => {
    const entry = entries.find((one) => one.id === id);
    return entry === undefined ? '' : say(entry);
  };
  switch (kind) {
    case 'symptom':
      return of(knowledge.symptoms, ({ likely }) => `It may be: ${Object.keys(likely).map((cause) => knowledge.causes.find((one) => one.id === cause)?.title.en ?? cause).join('; ')}.`);
    case 'cause':
      return of(knowledge.causes, ({ explain }) => explain.en);
    case 'question':
      return of(knowledge.questions, ({ why }) => why.en);
    case 'step':
      return of(knowledge.steps, (step) => stepText(step, step.how));
    case 'fact':
      return of(knowledge.facts, ({ text }) => text.en);
  }
}

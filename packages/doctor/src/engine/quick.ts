import type { Knowledge, Step } from '../knowledge/schema.ts';
import { fits, waysOf } from './scope.ts';
import type { Setting } from './session.ts';

/** The few things that clear most troubles, in the order in which they are done: five, wherever somebody is. */
export function quickChecks({ steps }: Knowledge, setting: Setting): readonly Step[] {
  return steps.filter((step) => step.quick === true && step.trees.includes('not-working') && fits(step, setting) && waysOf(step, setting).length > 0);
}

import type { Earshot } from './earshot.ts';
import { enginesAtOnce } from './engines-at-once.ts';
import { type EarshotOptions, joinEngines } from './join.ts';

/** An Earshot with all its engines at hand. */
export function createEarshot(options: EarshotOptions): Promise<Earshot> {
  return joinEngines(options, enginesAtOnce);
}

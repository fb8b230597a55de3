import { unreachable } from '@earshot/base/assert.ts';
import type { Action, Conclusion } from '../engine/action.ts';
import type { Happening } from '../engine/session.ts';

/** What somebody says and does when the Doctor asks. */
export interface Patient {
  answer(of: string): string;
  hasBackup(): boolean;
  doesStep(): boolean;
}

export function respond(action: Exclude<Action, Conclusion | { kind: 'choose-tree' }>, patient: Patient): Happening[] {
  switch (action.kind) {
    case 'probe':
      return action.probes.map((of) => ({ kind: 'answer', of, answer: patient.answer(of) }));
    case 'ask':
      return [{ kind: 'answer', of: action.of, answer: patient.answer(action.of) }];
    case 'secure':
      return [{ kind: 'backup', verified: patient.hasBackup() }];
    case 'step':
      return [{ kind: 'step', step: action.step, outcome: patient.doesStep() ? 'done' : 'passed-over' }];
    case 'retest':
      return [{ kind: 'retest', step: action.step, of: action.of, answer: patient.answer(action.of) }];
    default:
      return unreachable(action);
  }
}

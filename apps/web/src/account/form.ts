import { useSignal, type Signal } from '@preact/signals';
import { Failure, type Evidence, type FailureCode } from '@earshot/protocol/failures.ts';
import { useApp } from '../shell/app.ts';
import type { WordKey } from '../words/en.ts';

/** What stands below a form: a failure of the closed list, or a sentence of our own about a ceremony that was broken off. */
export type FormProblem = { readonly code: FailureCode; readonly evidence: Evidence } | { readonly said: WordKey } | null;

export interface FormState {
  readonly busy: Signal<boolean>;
  readonly problem: Signal<FormProblem>;
  /** Runs it once at a time; what fails is shown in the form, where the person looks; what is none of our failures is said as elsewhere. */
  submit(work: () => Promise<FormProblem | void>): void;
}

export function useForm(): FormState {
  const { notices } = useApp();
  const busy = useSignal(false);
  const problem = useSignal<FormProblem>(null);
  const run = async (work: () => Promise<FormProblem | void>): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      problem.value = (await work()) ?? null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problem.value = { code: error.code, evidence: error.evidence };
    } finally {
      busy.value = false;
    }
  };
  return {
    busy,
    problem,
    submit: (work) => {
      if (!busy.value) run(work).catch(notices.failed);
    },
  };
}

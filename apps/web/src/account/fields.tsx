import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import type { FormProblem } from './form.ts';

interface FieldProps {
  readonly label: string;
  readonly value: Signal<string>;
  readonly hint?: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete?: AutoFill;
  readonly maxLength?: number;
  readonly focus?: boolean;
  readonly plain?: boolean;
  readonly onChange?: (value: string) => void;
}

export function Field({ label, value, hint, type = 'text', autocomplete = 'off', maxLength, focus = false, plain = false, onChange }: FieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} class="input" {...(type === 'password' ? { type: 'password' as const } : {})} autocomplete={autocomplete} required value={value.value} autofocus={focus}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        {...(maxLength === undefined ? {} : { maxLength })}
        {...(plain ? { autocapitalize: 'none' as const, spellcheck: false } : {})}
        onInput={(event) => {
          value.value = event.currentTarget.value;
          onChange?.(value.value);
        }} />
      {hint === undefined ? null : <span class="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

export function FormMessage({ problem }: { problem: FormProblem }): JSX.Element | null {
  const { words } = useApp();
  if (problem === null) return null;
  if ('code' in problem) return <Problem code={problem.code} evidence={problem.evidence} />;
  return <div class="problem" role="alert">{words.t(problem.said)}</div>;
}

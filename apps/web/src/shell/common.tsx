import type { JSX } from 'preact';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { evidenceOf } from '../words/say-failure.ts';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from './app.ts';

/** Initials on a ground that stays the same for the same person. */
export function Portrait({ id, name, size = '' }: { id: string; name: string; size?: '' | 'small' | 'large' }): JSX.Element {
  const tone = [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 6;
  return <span class={`portrait tone-${tone} ${size}`} aria-hidden="true">{initials(name)}</span>;
}

export function initials(name: string): string {
  const parts = name.trim().split(/\s+/u);
  const first = [...(parts[0] ?? '')][0] ?? '';
  const last = parts.length > 1 ? ([...(parts.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/** A failure: what happened, what to do, and what is known besides. */
export function Problem({ code, evidence = {} }: { code: FailureCode; evidence?: Evidence }): JSX.Element {
  const { words } = useApp();
  const { cause, next } = words.failure(code);
  return (
    <div class="problem" role="alert" data-code={code}>
      <strong>{cause}</strong>
      <span>{next} {evidenceOf(code, evidence, words)}</span>
      <AskDoctor code={code} />
    </div>
  );
}

import { render, type JSX } from 'preact';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Words } from '../words/words.ts';
import { Mark } from './icons.tsx';

/** Before there is an app there is still a sentence: why it cannot open, and what to do. */
export function sayCannotOpen(error: unknown, words: Words, root: HTMLElement, again: () => void): void {
  const { cause, next } = error instanceof Failure ? words.failure(error.code) : { cause: words.t('app.cannotOpen'), next: words.t('app.cannotOpenNext') };
  render(<CannotOpen cause={cause} next={next} retry={words.t('do.retry')} again={again} />, root);
}

function CannotOpen({ cause, next, retry, again }: { cause: string; next: string; retry: string; again: () => void }): JSX.Element {
  return (
    <main class="door">
      <div class="empty">
        <Mark size={72} />
        <h1>{cause}</h1>
        <p>{next}</p>
        <button type="button" class="button primary" onClick={again}>{retry}</button>
      </div>
    </main>
  );
}

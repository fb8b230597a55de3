import { render, type JSX } from 'preact';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Words } from '../words/words.ts';
import { Mark } from './icons.tsx';
import type { Router } from './router.ts';

interface Screen {
  readonly words: Words;
  readonly root: HTMLElement;
  readonly router: Router;
}

/**
 * Before there is an app there is still a sentence: why it cannot open, and what to do. Resolves when somebody wants the Doctor, and at once
 * where she is asked for already.
 */
export async function sayCannotOpen(error: unknown, { words, root, router }: Screen): Promise<void> {
  if (router.route.value.at === 'doctor') return;
  const code = codeOf(error);
  const said = code === null ? { cause: words.t('app.cannotOpen'), next: words.t('app.cannotOpenNext') } : words.failure(code);
  await new Promise<void>((wanted) => render(<CannotOpen {...said} words={words} onDoctor={wanted} />, root));
  router.go({ at: 'doctor', page: code === null ? 'start' : 'visit', code, conversation: null });
  render(null, root);
}

/** A store that fails with a full disk says so; failing otherwise, it is one that the browser does not give. */
function codeOf(error: unknown): FailureCode | null {
  if (!(error instanceof Failure)) return null;
  return error.code === 'device.storage' && error.evidence['reason'] !== 'QuotaExceededError' ? null : error.code;
}

function CannotOpen({ cause, next, words, onDoctor }: { cause: string; next: string; words: Words; onDoctor: () => void }): JSX.Element {
  return (
    <main class="door">
      <div class="empty">
        <Mark size={72} />
        <h1>{cause}</h1>
        <p>{next}</p>
        <button type="button" class="button primary" onClick={() => location.reload()}>{words.t('do.retry')}</button>
        <button type="button" class="button" onClick={onDoctor}>{words.t('doctor.findOut')}</button>
      </div>
    </main>
  );
}

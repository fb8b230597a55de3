import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { keysWords } from '../words/keys-words.ts';
import { FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

interface ComparingProps {
  readonly question: string;
  /** What is shown until the other side has answered. */
  readonly waiting?: string;
  readonly begin: (signal: AbortSignal) => Promise<{ digits: string; same(): Promise<void> }>;
  /** They differ. */
  readonly refuse?: () => Promise<void>;
  readonly onDone: () => void;
}

/** Seven digits, and the question whether the other device shows the same. */
export function Comparing({ question, waiting, begin, refuse, onDone }: ComparingProps): JSX.Element {
  const said = keysWords(useApp().words);
  const form = useForm();
  const shown = useSignal<Awaited<ReturnType<ComparingProps['begin']>> | null>(null);
  const differ = useSignal(false);
  useEffect(() => {
    const end = new AbortController();
    form.submit(() => begin(end.signal).then((one) => void (shown.value = one), (error: unknown) => {
      if (!end.signal.aborted) throw error;
    }));
    return () => end.abort();
  }, []);
  if (differ.value) return <p role="alert">{said('differed')}</p>;
  const digits = shown.value;
  if (digits === null) return <><p class="soft" role="status">{waiting ?? '…'}</p><FormMessage problem={form.problem.value} /></>;
  return (
    <>
      <p>{question}</p>
      <p class="digits numbers" role="status">{digits.digits}</p>
      <FormMessage problem={form.problem.value} />
      <div class="sheet-actions">
        <button type="button" class="button" disabled={form.busy.value} onClick={() => form.submit(async () => {
          await refuse?.();
          differ.value = true;
        })}>{said('differ')}</button>
        <button type="button" class="button primary" disabled={form.busy.value} onClick={() => form.submit(async () => {
          await digits.same();
          onDone();
        })}>{said(form.busy.value ? 'letting' : 'same')}</button>
      </div>
    </>
  );
}

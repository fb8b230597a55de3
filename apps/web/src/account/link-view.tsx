import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { keysWords } from '../words/keys-words.ts';
import { Door } from './door.tsx';
import { FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

/** Somebody opened the link that another device shows, e.g. with the camera of the telephone. Nobody is signed in by only opening it. */
export function LinkView({ code }: { code: string }): JSX.Element {
  const { words, earshot, session, router, deviceName } = useApp();
  const said = keysWords(words);
  const form = useForm();
  const who = session.who.value;
  const inAlready = who?.locked === false && !form.busy.value;
  const enter = (): void => router.go({ at: 'list' }, { replace: true });
  return (
    <Door title={said('linkTitle')} lead={said(inAlready ? 'linkInAlready' : 'linkLead')}>
      <FormMessage problem={form.problem.value} />
      {inAlready ? null : (
        <button type="button" class="button primary wide" disabled={form.busy.value} onClick={() => form.submit(() => earshot.linking.accept({ code, deviceName }).then(enter))}>
          {said(form.busy.value ? 'comingIn' : 'comeIn')}
        </button>
      )}
      <button type="button" class="button quiet wide" onClick={enter}>{said('back')}</button>
    </Door>
  );
}

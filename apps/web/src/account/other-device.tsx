import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Scanning } from '../codes/scanning.tsx';
import { offerRestoring } from '../recovering/offer.tsx';
import { useApp } from '../shell/app.ts';
import { keysWords } from '../words/keys-words.ts';
import { BeginAnew } from './begin-anew.tsx';
import { Comparing } from './comparing.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

/** The code in a link of this server; null in any other text. */
function codeIn(text: string, origin: string): string | null {
  const [address = '', code] = text.trim().split('#');
  return address === `${origin}/link` && code !== undefined && code !== '' ? code : null;
}

/** How another device of one's own lets this one in. Seven digits need somebody who is signed in: `locked`. */
export function OtherDevice({ locked }: { locked: boolean }): JSX.Element {
  const app = useApp();
  const { words, earshot, origin, deviceName, router, session } = app;
  const said = keysWords(words);
  const typed = useSignal('');
  const wrong = useSignal(false);
  const digits = useSignal(false);
  const anew = useSignal(false);
  const form = useForm();
  const enter = (): void => {
    router.go({ at: 'list' }, { replace: true });
    offerRestoring(app);
  };
  const come = (text: string): void => {
    const code = codeIn(text, origin);
    wrong.value = code === null;
    if (code !== null) form.submit(() => earshot.linking.accept({ code, deviceName }).then(enter));
  };
  if (anew.value) return <BeginAnew onBack={() => (anew.value = false)} />;
  if (digits.value) {
    return (
      <div class="door-form">
        <Comparing question={said('compareNew')} waiting={said('digitsWait')} begin={(signal) => earshot.linking.ask(signal)} onDone={enter} />
        <button type="button" class="button quiet wide" onClick={() => (digits.value = false)}>{said('back')}</button>
      </div>
    );
  }
  return (
    <form class="door-form" onSubmit={(event) => {
      event.preventDefault();
      come(typed.value);
    }}>
      {locked && session.keyless.value === session.who.value?.device ? <p role="status">{said('passkeyKeyless')}</p> : null}
      <p class="soft">{said('otherLead')}</p>
      <Scanning wanted={(text) => codeIn(text, origin) !== null} onRead={come} />
      <Field label={said('paste')} value={typed} plain maxLength={256} hint={said('pasteHint')} />
      {wrong.value ? <div class="problem" role="alert">{said('pasteWrong')}</div> : <FormMessage problem={form.problem.value} />}
      <button type="submit" class="button primary wide" disabled={form.busy.value}>{said(form.busy.value ? 'comingIn' : 'comeIn')}</button>
      {locked ? <button type="button" class="button quiet wide" disabled={form.busy.value} onClick={() => (digits.value = true)}>{said('digits')}</button> : null}
      {locked ? <button type="button" class="button quiet wide" disabled={form.busy.value} onClick={() => (anew.value = true)}>{said('anewHave')}</button> : null}
    </form>
  );
}

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { PeopleFace } from '@earshot/client/earshot.ts';
import { FormMessage } from '../account/fields.tsx';
import { useForm } from '../account/form.ts';
import { CodePicture } from '../codes/picture.tsx';
import { Scanning } from '../codes/scanning.tsx';
import { useApp } from '../shell/app.ts';
import { Sheet } from '../shell/sheet.tsx';
import { keysWords } from '../words/keys-words.ts';
import { KeysLine } from './keys-line.tsx';

type Safety = Awaited<ReturnType<PeopleFace['safety']>>;

/** So many changes of keys, the newest. */
const SHOWN = 5;

/** How scanned codes of this kind begin. */
const CODE = 'earshot-verify:';

/** The number by which two people know that nobody stands between them: compared by eye, by ear, or by scanning each other's picture. */
export function SafetySheet({ person, name }: { person: Id; name: string }): JSX.Element {
  const { words, earshot } = useApp();
  const said = keysWords(words);
  const safety = useSignal<Safety | null>(null);
  const other = useSignal(false);
  const form = useForm();
  const read = async (): Promise<void> => {
    safety.value = await earshot.people.safety(person);
  };
  /** Who is believed to be her, after comparing or on her word, is sealed to from then on. */
  const accept = async ({ accepted, identity }: Safety): Promise<void> => {
    if (!accepted) await earshot.people.accept(person, identity);
  };
  const compared = async (shown: Safety): Promise<void> => {
    await accept(shown);
    await earshot.people.compared(person, shown.identity);
    await read();
  };
  useEffect(() => form.submit(read), []);
  const known = safety.value;
  return (
    <Sheet title={said('safetyTitle', { name })}>
      <FormMessage problem={form.problem.value} />
      {known === null ? null : (
        <>
          {known.compared || known.invited ? <p role="status">{said(known.compared ? 'safetyCompared' : 'safetyInvited', { name })}</p> : null}
          {known.accepted ? null : <p class="problem" role="alert">{said('strangerLead', { name })}</p>}
          <p class="soft">{said('safetyLead', { name })}</p>
          <ol class="code-groups bare" aria-label={said('safetyNumber')}>{known.number.split(' ').map((group, at) => <li key={at}>{group}</li>)}</ol>
          <CodePicture text={known.code} label={said('safetyPicture')} />
          {other.value ? <div class="problem" role="alert">{said('safetyOther', { name })}</div> : null}
          <Scanning wanted={(text) => text.startsWith(CODE)} onRead={(text) => {
            other.value = text !== known.code;
            if (text === known.code) form.submit(() => compared(known));
          }} />
          {known.changes.length === 0 ? null : (
            <>
              <h3>{said('changes')}</h3>
              <ul class="bare small">{known.changes.slice(-SHOWN).toReversed().map(({ time, why }) => <li key={`${time} ${why}`}>{words.moment(time)}: <KeysLine why={why} name={name} /></li>)}</ul>
            </>
          )}
          {known.compared ? null : <button type="button" class="button primary wide" disabled={form.busy.value} onClick={() => form.submit(() => compared(known))}>{said('safetySame')}</button>}
          {known.accepted ? null : (
            <>
              <button type="button" class="button wide" disabled={form.busy.value} onClick={() => form.submit(() => accept(known).then(read))}>{said('strangerAsked', { name })}</button>
              <p class="hint">{said('strangerAskedHint', { name })} {said('strangerNext')}</p>
            </>
          )}
        </>
      )}
    </Sheet>
  );
}

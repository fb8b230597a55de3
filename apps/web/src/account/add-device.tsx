import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { LinkingFace } from '@earshot/client/earshot-linking.ts';
import { CodePicture } from '../codes/picture.tsx';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet } from '../shell/sheet.tsx';
import { keysWords } from '../words/keys-words.ts';
import { Comparing } from './comparing.tsx';
import { FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

type Asking = Awaited<ReturnType<LinkingFace['asking']>>[number];

/** How often it is looked whether a device asks, while this is open. Milliseconds. */
const LOOK = 2_000;

/** Lets one more device of this person in: by a picture or a link, or by digits where it can use neither. */
export function AddDeviceSheet({ onDone }: { onDone: () => Promise<void> }): JSX.Element {
  const { words } = useApp();
  const said = keysWords(words);
  const comparing = useSignal<Asking | null>(null);
  const done = useSignal(false);
  const finish = (): void => {
    done.value = true;
    void onDone();
  };
  return (
    <Sheet title={said('addTitle')}>
      {done.value ? <div role="status"><p>{said('addDone')}</p><p class="soft">{said('addDoneText')}</p></div>
        : comparing.value ? <Compare asking={comparing.value} onDone={finish} />
        : <><Offer onDone={finish} /><AskingList onCompare={(asking) => (comparing.value = asking)} /></>}
    </Sheet>
  );
}

function Offer({ onDone }: { onDone: () => void }): JSX.Element {
  const { words, earshot, origin, notices } = useApp();
  const said = keysWords(words);
  const link = useSignal<string | null>(null);
  const copied = useSignal(false);
  const round = useSignal(0);
  const form = useForm();
  useEffect(() => {
    const end = new AbortController();
    const offer = async (): Promise<void> => {
      const { code, admitted } = await earshot.linking.offer(end.signal);
      link.value = `${origin}/link#${code}`;
      await admitted();
      onDone();
    };
    form.submit(() => offer().catch((error: unknown) => {
      link.value = null;
      if (!end.signal.aborted) throw error;
    }));
    return () => end.abort();
  }, [round.value]);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(link.value ?? '');
    copied.value = true;
    notices.announce(words.t('do.copied'));
  };
  if (form.problem.value !== null) {
    return <><FormMessage problem={form.problem.value} /><button type="button" class="button wide" onClick={() => (round.value += 1)}>{said('addAgain')}</button></>;
  }
  return (
    <>
      <p class="soft">{said('addLead')}</p>
      {link.value === null ? <div class="code-picture" /> : <CodePicture text={link.value} label={said('addPicture')} />}
      <input class="input" readOnly aria-label={said('addLink')} value={link.value ?? ''} placeholder="…" onFocus={(event) => event.currentTarget.select()} />
      <div class="sheet-actions">
        <button type="button" class="button" disabled={link.value === null} onClick={() => void notices.attempt(copy)}>
          <Icon name={copied.value ? 'check' : 'link'} />{words.t(copied.value ? 'do.copied' : 'do.copy')}
        </button>
      </div>
      <p class="hint">{said('addCare')}</p>
    </>
  );
}

function AskingList({ onCompare }: { onCompare: (asking: Asking) => void }): JSX.Element | null {
  const { words, earshot, notices } = useApp();
  const said = keysWords(words);
  const asking = useSignal<readonly Asking[]>([]);
  useEffect(() => {
    const look = async (): Promise<void> => {
      asking.value = await earshot.linking.asking();
    };
    void notices.attempt(look);
    // A look that fails is followed by another one.
    const timer = setInterval(() => void look().catch(() => undefined), LOOK);
    return () => clearInterval(timer);
  }, []);
  if (asking.value.length === 0) return null;
  return (
    <div class="rows" role="status">
      {asking.value.map((one) => (
        <div class="row" key={one.link}>
          <span class="row-icon"><Icon name="phone" /></span>
          <span class="text"><span>{said('asks', { name: one.name })}</span><span>{said('asksHint')}</span></span>
          <button type="button" class="button" onClick={() => onCompare(one)}>{said('compare')}</button>
        </div>
      ))}
    </div>
  );
}

function Compare({ asking, onDone }: { asking: Asking; onDone: () => void }): JSX.Element {
  const { words, earshot } = useApp();
  const question = keysWords(words)('compareOld', { name: asking.name });
  return <Comparing question={question} begin={(signal) => earshot.linking.compare(asking.link, signal)} refuse={() => earshot.linking.refuse(asking.link)} onDone={onDone} />;
}

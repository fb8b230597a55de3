import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Message } from '@earshot/client/earshot.ts';
import { titleOf } from '../conversation/naming.ts';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { DeletedMessage } from '../keeping/deleted-message.tsx';
import { Icon } from '../shell/icons.tsx';
import { ConfirmSheet } from '../shell/sheet.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Resting } from './recording.ts';

/** Messages that were deleted, on whichever device, and recordings that were discarded on this one: each can be brought back until its day has come. */
export function RecentlyDeleted(): JSX.Element {
  const { recording, elsewhere, earshot, notices, words } = useApp();
  const [own, others] = [recording.resting.value, elsewhere.resting.value.filter(({ take }) => !recording.resting.value.some((one) => one.take === take))];
  const messages = useSignal<readonly Message[]>([]);
  useEffect(() => {
    const read = (): void => void notices.attempt(async () => void (messages.value = await earshot.messages.recentlyDeleted()));
    read();
    return earshot.on(({ type }) => {
      if (type === 'changed') read();
    });
  }, []);
  const count = own.length + others.length + messages.value.length;
  return (
    <>
      <p class="hint">{words.t(count === 0 ? 'deleted.none' : 'deleted.text')}</p>
      {count === 0 ? <AskDoctor page="gone" label="doctor.missing" /> : null}
      <div class="rows">
        {messages.value.map((one) => <DeletedMessage key={one.id} message={one} />)}
        {own.map((one) => <Row key={one.take} resting={one} rests={recording} />)}
        {others.map((one) => <Row key={one.take} resting={one} rests={elsewhere} />)}
      </div>
    </>
  );
}

const DAY = 86_400_000;

function Row({ resting, rests }: { resting: Resting; rests: Pick<Elsewhere, 'restore' | 'letGo'> }): JSX.Element {
  const { shelf, session, words, clock, notices, router, sheets } = useApp();
  const conversation = shelf.find(resting.conversation);
  const title = conversation ? titleOf(conversation, session.who.value?.person ?? '', words) : words.t('conversation.unknown');
  const said = words.t('deleted.one', { length: words.length(resting.seconds), name: title });
  const restore = async (): Promise<void> => {
    await rests.restore(resting.take);
    notices.show({ said: { type: 'words', key: 'record.restored' } }, 4_000);
    router.go({ at: 'conversation', id: resting.conversation });
  };
  const forGood = (): void => sheets.open(() => (
    <ConfirmSheet title={sayKeeping(words, 'forGoodTitle')} text={sayKeeping(words, 'forGoodText')} yes={sayKeeping(words, 'forGood')} onYes={() => rests.letGo(resting.take)} />
  ));
  return (
    <div class="row deleted" data-take={resting.take}>
      <span class="row-icon"><Icon name="bin" /></span>
      <span class="text">
        <span>{said}</span>
        <span>{words.since(resting.started, clock.now())} · {words.t('deleted.days', { count: Math.max(1, Math.ceil((resting.until - clock.now()) / DAY)) })}</span>
      </span>
      <span class="deleted-acts">
        <button type="button" class="button" aria-label={words.t('deleted.restoreOne', { what: said })} onClick={() => void notices.attempt(restore)}>{words.t('deleted.restore')}</button>
        <button type="button" class="round" aria-label={`${sayKeeping(words, 'forGood')}: ${said}`} onClick={forGood}><Icon name="close" size={20} /></button>
      </span>
    </div>
  );
}

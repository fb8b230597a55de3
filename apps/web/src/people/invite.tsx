import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Invitation } from '@earshot/protocol/people.ts';
import { FormMessage } from '../account/fields.tsx';
import { useForm } from '../account/form.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet } from '../shell/sheet.tsx';

/** A link for one person. Its secret stands in the fragment, which never reaches a server's log. */
export function InviteSheet(): JSX.Element {
  const { words, earshot, origin } = useApp();
  const link = useSignal<string | null>(null);
  const form = useForm();
  const make = async (): Promise<void> => {
    link.value = `${origin}/join#${(await earshot.people.invite()).secret}`;
  };
  useEffect(() => form.submit(make), []);
  return (
    <Sheet title={words.t('invite.title')}>
      <p class="soft">{words.t('invite.text')}</p>
      <FormMessage problem={form.problem.value} />
      <input class="input" readOnly aria-label={words.t('invite.link')} value={link.value ?? ''} placeholder="…" onFocus={(event) => event.currentTarget.select()} />
      <ShareButtons link={link.value} />
    </Sheet>
  );
}

function ShareButtons({ link }: { link: string | null }): JSX.Element {
  const { words, notices } = useApp();
  const copied = useSignal(false);
  useSignalEffect(() => {
    if (copied.value) notices.announce(words.t('do.copied'));
  });
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(link ?? '');
    copied.value = true;
  };
  const share = async (): Promise<void> => {
    try {
      await navigator.share({ title: words.t('app.name'), text: words.t('invite.share'), url: link ?? '' });
    } catch (error) {
      // Closing the system's sheet without sharing is an answer, not a failure.
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    }
  };
  return (
    <div class="sheet-actions">
      {'share' in navigator ? (
        <button type="button" class="button" disabled={link === null} onClick={() => void notices.attempt(share)}>{words.t('do.share')}</button>
      ) : null}
      <button type="button" class="button primary" disabled={link === null} onClick={() => void notices.attempt(copy)}>
        <Icon name={copied.value ? 'check' : 'link'} />{words.t(copied.value ? 'do.copied' : 'do.copy')}
      </button>
    </div>
  );
}

/** The links that nobody has used yet. */
export function InvitationsList(): JSX.Element {
  const { words, earshot, notices, clock, sheets } = useApp();
  const open = useSignal<readonly Invitation[] | null>(null);
  const read = async (): Promise<void> => {
    const now = clock.now();
    open.value = (await earshot.people.invitations()).filter((one) => one.used === null && one.expires > now);
  };
  useEffect(() => void notices.attempt(read), [sheets.current.value]);
  return (
    <div class="rows">
      {open.value?.length === 0 ? <p class="row soft">{words.t('invite.none')}</p> : null}
      {(open.value ?? []).map((one) => (
        <div class="row" key={one.secretSha256}>
          <span class="text"><span>{one.for === null ? words.t('invite.link') : words.t('about.handle', { handle: one.for })}</span><span>{words.t('invite.until', { time: words.moment(one.expires) })}</span></span>
          <button type="button" class="button quiet" onClick={() => void notices.attempt(async () => {
            await earshot.people.withdraw(one.secretSha256);
            await read();
          })}>{words.t('invite.withdraw')}</button>
        </div>
      ))}
    </div>
  );
}

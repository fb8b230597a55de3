import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { limits } from '@earshot/protocol/limits.ts';
import type { Me } from '@earshot/protocol/people.ts';
import { InvitationsList } from '../people/invite.tsx';
import { CuesChoice } from '../recording/cues-choice.tsx';
import { BackupCard } from '../recovering/backup-card.tsx';
import { MicrophoneChoice } from '../recording/microphone.tsx';
import { RecentlyDeleted } from '../recording/recently-deleted.tsx';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { ConfirmSheet } from '../shell/sheet.tsx';
import { WakingCard } from '../waking/waking-card.tsx';
import { StorageCard } from '../gallery/storage-card.tsx';
import { DeleteAccountSheet } from './delete-account.tsx';
import { DevicesList } from './devices.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm } from './form.ts';
import { OwnExpiry } from '../keeping/own-expiry.tsx';
import { RecoveryCard } from './recovery-card.tsx';
import { SigningIn } from './signing-in.tsx';
import { sayBytes } from '../words/say-bytes.ts';

export function SettingsView({ version }: { version: string }): JSX.Element {
  const { words, earshot, notices, router } = useApp();
  const me = useSignal<Me | null>(null);
  const read = async (): Promise<void> => {
    me.value = await earshot.account.me();
  };
  useEffect(() => void notices.attempt(read), []);
  return (
    <main class="column main" id="content">
      <header class="head">
        <button type="button" class="round phone-only" aria-label={words.t('do.back')} onClick={() => router.back()}><Icon name="back" /></button>
        <h1>{words.t('settings.title')}</h1>
      </header>
      <div class="scroll" tabIndex={-1}>
        <div class="settings">
          <NameCard />
          <section class="card"><h2>{words.t('settings.devices')}</h2><DevicesList /></section>
          {me.value === null ? null : <SigningIn me={me.value} onChange={read} />}
          <RecoveryCard />
          <section class="card"><h2>{words.t('settings.invitations')}</h2><InvitationsList /></section>
          <section class="card"><h2>{words.t('settings.microphone')}</h2><MicrophoneChoice /></section>
          <WakingCard />
          <section class="card"><h2>{words.t('doctor.title')}</h2><p class="hint">{words.t('doctor.hint')}</p><p class="doctor-foot"><AskDoctor page="microphone" label="doctor.test" /><AskDoctor label="doctor.wrong" /></p></section>
          <section class="card"><h2>{words.t('settings.cues')}</h2><CuesChoice /></section>
          <OwnExpiry />
          <section class="card"><h2>{words.t('deleted.title')}</h2><RecentlyDeleted /></section>
          <BackupCard />
          <StorageCard />
          {me.value === null ? null : <SpaceCard me={me.value} />}
          <AboutCard version={version} />
          <LeavingCard me={me} />
        </div>
      </div>
    </main>
  );
}

function NameCard(): JSX.Element {
  const { words, earshot, session, notices } = useApp();
  const who = session.who.value;
  const name = useSignal(who?.name ?? '');
  const form = useForm();
  return (
    <section class="card">
      <h2>{words.t('settings.account')}</h2>
      <form class="line" onSubmit={(event) => {
        event.preventDefault();
        form.submit(async () => {
          await earshot.account.rename(name.value.trim());
          notices.show({ said: { type: 'words', key: 'settings.saved' } }, 3_000);
        });
      }}>
        <Field label={words.t('settings.name')} value={name} autocomplete="name" maxLength={limits.nameLength} />
        <button type="submit" class="button" disabled={form.busy.value || name.value.trim() === who?.name}>{words.t('do.save')}</button>
      </form>
      <FormMessage problem={form.problem.value} />
      <p class="hint">{words.t('settings.handle', { handle: who?.handle ?? '' })}</p>
    </section>
  );
}

function SpaceCard({ me }: { me: Me }): JSX.Element {
  const { words } = useApp();
  const said = words.t('settings.spaceUsed', { used: sayBytes(words, me.used), quota: sayBytes(words, me.quota) });
  return (
    <section class="card">
      <h2>{words.t('settings.space')}</h2>
      <div class="meter" role="meter" aria-label={words.t('settings.space')} aria-valuemin={0} aria-valuemax={me.quota} aria-valuenow={me.used} aria-valuetext={said}>
        <span style={{ width: `${Math.min(100, (100 * me.used) / me.quota)}%` }} />
      </div>
      <p class="hint">{said}</p>
    </section>
  );
}

function AboutCard({ version }: { version: string }): JSX.Element {
  const { words } = useApp();
  return (
    <section class="card">
      <h2>{words.t('settings.about')}</h2>
      <p class="soft">{words.t('settings.version', { version })}</p>
      <h3>{words.t('settings.keys')}</h3>
      <ul class="keys small">
        <li>{words.t('settings.keysRecord')}</li>
        <li>{words.t('settings.keysPause')}</li>
        <li>{words.t('settings.keysCancel')}</li>
        <li>{words.t('settings.keysSeek')}</li>
        <li>{words.t('settings.keysTrim')}</li>
      </ul>
    </section>
  );
}

function LeavingCard({ me }: { me: Signal<Me | null> }): JSX.Element {
  const { words, earshot, sheets, player, router } = useApp();
  const signOut = async (): Promise<void> => {
    player.stop();
    await earshot.account.signOut();
    router.go({ at: 'sign-in' }, { replace: true });
  };
  return (
    <section class="card">
      <button type="button" class="button wide" onClick={() => sheets.open(() => (
        <ConfirmSheet title={words.t('settings.signOutTitle')} text={words.t('settings.signOutText')} yes={words.t('settings.signOut')} onYes={signOut} />
      ))}>{words.t('settings.signOut')}</button>
      <button type="button" class="button quiet wide" disabled={me.value === null} onClick={() => {
        const account = me.value;
        if (account !== null) sheets.open(() => <DeleteAccountSheet me={account} />);
      }}>{words.t('settings.delete')}</button>
    </section>
  );
}

import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { ConversationView, NoConversation } from '../conversation/conversation.tsx';
import { ListView } from '../conversation/list.tsx';
import { MiniPlayer } from '../playing/mini-player.tsx';
import { RecordingLine } from '../recording/recording-line.tsx';
import { useApp } from './app.ts';
import { Connection } from './connection.tsx';
import { lazily } from './lazily.tsx';
import { SheetRoom } from './sheet.tsx';
import { Snack } from './snack.tsx';

const DoctorView = lazily(async () => (await import('../doctor/doctor-view.tsx')).DoctorView);
const FarewellView = lazily(async () => (await import('../account/farewell.tsx')).FarewellView);
const GalleryView = lazily(async () => (await import('../gallery/gallery-view.tsx')).GalleryView);
const JoinView = lazily(async () => (await import('../account/join.tsx')).JoinView);
const LinkView = lazily(async () => (await import('../account/link-view.tsx')).LinkView);
const LockedView = lazily(async () => (await import('../account/locked.tsx')).LockedView);
const RecoveryView = lazily(async () => (await import('../account/recovery.tsx')).RecoveryView);
const SettingsView = lazily(async () => (await import('../account/settings.tsx')).SettingsView);
const WhereView = lazily(async () => (await import('../recovering/where-view.tsx')).WhereView);
const SignInView = lazily(async () => (await import('../account/sign-in.tsx')).SignInView);

/** Which view the address and the session ask for. */
export function Shell({ version }: { version: string }): JSX.Element {
  const { router, session, shelf, words } = useApp();
  useSignalEffect(() => {
    const count = session.who.value ? shelf.unheard.value : 0;
    document.title = count > 0 ? words.t('app.titleUnheard', { count: words.number(count) }) : words.t('app.name');
  });
  const route = router.route.value;
  const who = session.who.value;
  const recovery = session.recovery.value;
  const talking = who && !who.locked && recovery === null && route.at === 'conversation';
  return (
    <>
      {who === undefined ? null
        : route.at === 'join' ? <JoinView key={route.invitation} invitation={route.invitation} />
        : route.at === 'link' ? <LinkView code={route.code} />
        : route.at === 'farewell' ? <FarewellView />
        : (who === null || who.locked) && route.at === 'doctor' ? <div class="doctor-alone"><DoctorView route={route} /></div>
        : who === null ? <SignInView />
        : who.locked ? <LockedView />
        : recovery !== null ? <RecoveryView key={recovery} code={recovery} />
        : <Inside version={version} />}
      {talking ? null : <RecordingLine />}
      <SheetRoom />
      {talking && shelf.find(route.id) !== undefined ? null : <Snack />}
    </>
  );
}

function Inside({ version }: { version: string }): JSX.Element {
  const { router, words } = useApp();
  const route = router.route.value;
  const atList = route.at === 'list' || route.at === 'sign-in';
  return (
    <div class="shell" data-at={atList ? 'list' : route.at}>
      {atList ? null : <a class="button skip" href="#content" onClick={(event) => {
        event.preventDefault();
        document.querySelector<HTMLElement>('#content [tabindex]')?.focus();
      }}>{words.t('app.skip')}</a>}
      <div class="column aside-room" {...(atList ? { role: 'main' as const } : {})}>
        {atList ? <div class="phone-mini"><MiniPlayer /></div> : null}
        <ListView />
        <Connection />
      </div>
      {route.at === 'conversation' ? <ConversationView key={route.id} id={route.id} /> : route.at === 'settings' ? <SettingsView version={version} /> : route.at === 'gallery' ? <GalleryView key={route.id ?? ''} id={route.id} /> : route.at === 'doctor' ? <DoctorView route={route} /> : route.at === 'where' ? <WhereView key={route.message} id={route.message} /> : <NoConversation />}
    </div>
  );
}

import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { withEarshot } from '../offline/with-earshot.worker.ts';
import { loadWords } from '../words/languages.ts';
import type { Words } from '../words/words.ts';
import { appWindows, leadTo } from './app-windows.ts';
import { genericNotification, type Notification, notificationsOf } from './notification.ts';
import { subscribeTo } from './push-address.browser.ts';
import { type PageMessage, sightLock } from './push-device.ts';

/** How long a wake waits for the server before it says that there may be something. Browsers allow a wake half a minute. */
const PATIENCE = 12_000;
/** How long it goes on fetching sound after that, so that it is there when the person is. */
const AFTERWARDS = 10_000;

/** Shows notifications: after a push, when a page asks for it, and leads into the app when one is touched. */
export function listenForWakes(scope: ServiceWorkerGlobalScope): void {
  // One after the other: two that look at once would share what there is to tell.
  let turn: Promise<unknown> = Promise.resolve();
  let behind = 0;
  let arrival = Promise.withResolvers<void>();
  const next = (work: () => Promise<unknown>): Promise<unknown> => {
    behind += 1;
    arrival.resolve();
    arrival = Promise.withResolvers();
    const begin = (): Promise<unknown> => {
      behind -= 1;
      return work();
    };
    return (turn = turn.then(begin, begin));
  };
  /** Resolves once somebody else waits for a turn. */
  const others = async (): Promise<void> => (behind > 0 ? undefined : await arrival.promise);
  scope.addEventListener('push', (event) => event.waitUntil(next(() => wake(scope, others))));
  scope.addEventListener('message', (event) => {
    if ((event.data as Partial<PageMessage> | null)?.type === 'look') event.waitUntil(next(() => withEarshot((earshot) => look(scope, earshot))));
  });
  scope.addEventListener('notificationclick', (event) => {
    event.notification.close();
    const path = (event.notification.data as { path?: string } | null)?.path ?? '/';
    event.waitUntil(windows(scope).then((all) => leadTo(path, all, (to) => scope.clients.openWindow(to))));
  });
  scope.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(next(() => withEarshot((earshot) => resubscribe(scope, earshot)))));
}

async function wake(scope: ServiceWorkerGlobalScope, others: () => Promise<void>): Promise<void> {
  let told = false;
  let reached = false;
  try {
    await withEarshot(async (earshot) => {
      // Whoever is signed out is not to be woken again.
      if ((await earshot.account.current()) === null) await (await scope.registration.pushManager.getSubscription())?.unsubscribe();
      const caughtUp = earshot.caughtUp();
      reached = await within(caughtUp, PATIENCE);
      told = await tell(scope, earshot);
      // Each by itself: what the one fails with does not cut off the other.
      const rest = Promise.all([within(caughtUp.then(() => earshot.fetched()), AFTERWARDS), within(earshot.waking.renew(), AFTERWARDS)]);
      // Whoever comes next has something to tell, and fetches what is left.
      await Promise.race([rest, others()]);
    });
  } finally {
    if (!told && (await visible(scope)).length === 0) await show(scope, genericNotification(reached, await words(scope)));
  }
}

/** A page that is open asks for it. Another one may have turned it off, of which that one knows nothing. */
async function look(scope: ServiceWorkerGlobalScope, earshot: Earshot): Promise<void> {
  if (await earshot.waking.isOn()) await tell(scope, earshot);
}

/** Whether anything was shown. What a person is looking at needs no telling. */
async function tell(scope: ServiceWorkerGlobalScope, earshot: Earshot): Promise<boolean> {
  const who = await earshot.account.current();
  if (who === null) return false;
  const notifications = notificationsOf(await earshot.waking.news(), await earshot.conversations.list(), who.person, await words(scope));
  const { held = [] } = await scope.navigator.locks.query();
  const hidden = notifications.filter(({ tag }) => !held.some(({ name }) => name === sightLock(tag)));
  for (const one of hidden) await show(scope, one);
  return hidden.length > 0;
}

const words = ({ navigator }: ServiceWorkerGlobalScope): Promise<Words> => loadWords(navigator.languages);

function show({ registration }: ServiceWorkerGlobalScope, { tag, title, body, path }: Notification): Promise<void> {
  // `renotify` is known to some browsers only, and missing in the types.
  const options: NotificationOptions & { renotify: boolean } = { tag, body, data: { path }, icon: '/icon-192.png', badge: '/icon-192.png', renotify: true };
  return registration.showNotification(title, options);
}

const windows = ({ clients }: ServiceWorkerGlobalScope): Promise<readonly WindowClient[]> => clients.matchAll({ type: 'window', includeUncontrolled: true });

async function visible(scope: ServiceWorkerGlobalScope): Promise<readonly WindowClient[]> {
  return appWindows(await windows(scope)).filter(({ visibilityState }) => visibilityState === 'visible');
}

/** The browser has ended the subscription. Whoever was told at the last one wants to be told on. */
async function resubscribe({ registration }: ServiceWorkerGlobalScope, earshot: Earshot): Promise<void> {
  const key = await earshot.waking.key();
  if (key !== null) await earshot.waking.subscribe(await subscribeTo(registration.pushManager, key));
}

/** Whether the work was done in time; what fails counts as not done. */
async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const done = work.then(
    () => true,
    (error: unknown) => {
      if (error instanceof Failure) return false;
      throw error;
    },
  );
  return await Promise.race([done, new Promise<false>((resolve) => void setTimeout(() => resolve(false), milliseconds))]);
}

import { signal } from '@preact/signals';
import type { Update } from './update.ts';

/** Registers the service worker and watches for one that waits. */
export function watchForUpdate(container: ServiceWorkerContainer, page: Pick<Location, 'reload'>): Update {
  const ready = signal(false);
  let waiting: ServiceWorker | null = null;
  let wanted = false;
  const note = (registration: ServiceWorkerRegistration): void => {
    // The first installation of all is no update: nobody runs an older version.
    if (registration.waiting && container.controller) {
      waiting = registration.waiting;
      ready.value = true;
    }
  };
  container.addEventListener('controllerchange', () => {
    if (wanted) page.reload();
  });
  const begin = async (): Promise<void> => {
    const registration = await container.register('/service-worker.js', { updateViaCache: 'none' });
    note(registration);
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => note(registration));
    });
  };
  begin().catch(reportError);
  return {
    ready,
    apply: () => {
      // Another window has brought it in, or its time is over: nobody is left who would give way, and what is there by now is a reload away.
      if (waiting?.state !== 'installed') return page.reload();
      wanted = true;
      container.controller?.postMessage('give way');
      waiting.postMessage('take over');
    },
  };
}

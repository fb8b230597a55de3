import { signal } from '@preact/signals';
import type { Stage, Update } from './update.ts';

/** The older version ends what it is doing in a moment. After this long, in milliseconds, who asked is told, and no longer loaded anew while she does something else. */
const PATIENCE = 30_000;

/** Registers the service worker and watches for one that waits. */
export function watchForUpdate(container: ServiceWorkerContainer, page: Pick<Location, 'reload'>): Update {
  const stage = signal<Stage>('none');
  let waiting: ServiceWorker | null = null;
  let isFree = (): boolean => true;
  let patience: ReturnType<typeof setTimeout> | undefined;
  const note = (registration: ServiceWorkerRegistration): void => {
    // The first installation of all is no update: nobody runs an older version.
    if (registration.waiting && container.controller) {
      waiting = registration.waiting;
      stage.value = 'ready';
    }
  };
  container.addEventListener('controllerchange', () => {
    if (stage.value !== 'asked') return;
    if (isFree()) page.reload();
    else stage.value = 'ready';
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
    stage,
    apply: (free) => {
      // Another window has brought it in, or its time is over: nobody is left who would give way, and what is there by now is a reload away.
      if (waiting?.state !== 'installed') return page.reload();
      isFree = free;
      stage.value = 'asked';
      clearTimeout(patience);
      patience = setTimeout(() => {
        if (stage.value === 'asked') stage.value = 'held-up';
      }, PATIENCE);
      container.controller?.postMessage('give way');
      waiting.postMessage('take over');
    },
  };
}

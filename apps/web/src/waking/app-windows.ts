import { isAppPath } from '../offline/app-path.ts';
import type { WorkerMessage } from './push-device.ts';

/** A window of this origin, as a service worker knows it. */
interface AnyWindow {
  readonly url: string;
  readonly focused: boolean;
  postMessage(message: WorkerMessage): void;
  focus(): Promise<unknown>;
}

/** Those in which the app is. In the other windows of its origin nobody hears what is said to them. */
export function appWindows<W extends Pick<AnyWindow, 'url'>>(all: readonly W[]): W[] {
  return all.filter(({ url }) => isAppPath(new URL(url).pathname));
}

/** To a place in the app: in the window that is there, without loading it anew, because somebody may be speaking in it. */
export async function leadTo(path: string, all: readonly AnyWindow[], openWindow: (path: string) => Promise<unknown>): Promise<void> {
  const inApp = appWindows(all);
  const window = inApp.find(({ focused }) => focused) ?? inApp[0];
  if (!window) return void (await openWindow(path));
  window.postMessage({ type: 'open', path });
  await window.focus();
}

import { openInBrowser } from '@earshot/client/connect.browser.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';

const givenWay = Promise.withResolvers<never>();
givenWay.promise.catch(() => undefined);

/**
 * A newer version of the app takes over only when nothing happens in this one any more, and what is under way here may take as long
 * as the network likes. It is left where it stands, as if the browser had ended this worker; the newer one goes on with it.
 */
export function giveWay(): void {
  givenWay.reject(new Failure('network.offline', { reason: 'stopped' }));
}

/** In the service worker, for as long as `work` takes. Failures have codes and are nobody's surprise here: false says that there was one. */
export async function withEarshot(work: (earshot: Earshot) => Promise<void>): Promise<boolean> {
  try {
    await Promise.race([opened(work), givenWay.promise]);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  }
}

async function opened(work: (earshot: Earshot) => Promise<void>): Promise<void> {
  const earshot = await openInBrowser();
  try {
    await work(earshot);
  } finally {
    await earshot[Symbol.asyncDispose]();
  }
}

import { openInBrowser } from '@earshot/client/connect.browser.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/** In the service worker, for as long as `work` takes. Failures have codes and are nobody's surprise here: false says that there was one. */
export async function withEarshot(work: (earshot: Earshot) => Promise<void>): Promise<boolean> {
  let earshot: Earshot | null = null;
  try {
    earshot = await openInBrowser();
    await work(earshot);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  } finally {
    await earshot?.[Symbol.asyncDispose]();
  }
}

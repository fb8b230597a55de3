import type { Id } from '@earshot/base/ids.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';

/**
 * The recorder of whoever is signed in, one at a time. Everybody's recordings lie in a folder of their own: after signing out they wait
 * there for their owner, sealed under a secret of hers: nobody else sees or hears them. One that could not be opened is tried again when it is asked for.
 */
export function ownRecorder(account: Pick<Earshot['account'], 'current' | 'ownSecret'>, open: (folder: string, secret: Uint8Array<ArrayBuffer>) => Promise<Recorder>): () => Promise<Recorder> {
  let at: { readonly owner: Id; readonly recorder: Promise<Recorder> } | null = null;
  return async () => {
    const who = await account.current();
    if (who === null) throw new Failure('session.missing');
    if (at?.owner === who.person) return at.recorder;
    const before = at?.recorder;
    const next = { owner: who.person, recorder: opened(before, async () => await open(`journal-${who.person}`, await account.ownSecret())) };
    at = next;
    next.recorder.catch(() => {
      if (at === next) at = null;
    });
    return next.recorder;
  };
}

async function opened(before: Promise<Recorder> | undefined, open: () => Promise<Recorder>): Promise<Recorder> {
  await before?.then((recorder) => recorder[Symbol.asyncDispose](), () => undefined);
  return open();
}

import type { Transport } from '@earshot/client/transport.ts';
import { openDevice } from './device.ts';
import { passThrough } from './pass-through.ts';

/**
 * The other end of the latency measurement, in a process of its own as another phone would be: joins with the invitation it was given and
 * tells its parent when the last byte of each message has come, and when the message is checked and on its disk. Times are of the machine's
 * monotonic clock, which both share.
 */
const [dir, server, invitation, handle] = process.argv.slice(2);
if (dir === undefined || server === undefined || invitation === undefined || handle === undefined) throw new Error('usage: listener DIR SERVER INVITATION HANDLE');

const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;
let lastByte = 0;

/** The transport, noting when the bytes of a blob are there. */
function watched(transport: Transport): Transport {
  return {
    ...transport,
    request: async (request) => {
      const answer = await transport.request(request);
      if (!request.path.startsWith('/v1/blobs/')) return answer;
      await answer.bytes();
      lastByte = monotonic();
      return answer;
    },
  };
}

const earshot = await openDevice(dir, server, watched);
process.on('message', ({ passThrough: on }: { readonly passThrough: boolean }) => passThrough(on));
await earshot.account.join({ invitation, handle, name: 'Listener', deviceName: 'bench' });
earshot.on((happening) => {
  if (happening.type === 'message') process.send?.({ message: happening.message, lastByte, kept: monotonic() });
});
await earshot.start();
await earshot.synced();
process.send?.({ person: (await earshot.account.current())?.person });
process.on('disconnect', () => void earshot[Symbol.asyncDispose]());

import { openProfile } from '@earshot/client/connect.node.ts';

/**
 * The other end of the latency measurement, in a process of its own as another phone would be: joins with the invitation it was given and
 * tells its parent when each message is whole, checked and on its disk. Times are of the machine's monotonic clock, which both share.
 */
const [dir, server, invitation, handle] = process.argv.slice(2);
if (dir === undefined || server === undefined || invitation === undefined || handle === undefined) throw new Error('usage: listener DIR SERVER INVITATION HANDLE');

const earshot = await openProfile({ dir, server });
await earshot.account.join({ invitation, handle, name: 'Listener', deviceName: 'bench' });
earshot.on((happening) => {
  if (happening.type === 'message') process.send?.({ message: happening.message, at: Number(process.hrtime.bigint()) / 1e6 });
});
await earshot.start();
await earshot.synced();
process.send?.({ person: (await earshot.account.current())?.person });
process.on('disconnect', () => void earshot[Symbol.asyncDispose]());

import { readFile, writeFile } from 'node:fs/promises';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfile } from '@earshot/client/connect.node.ts';

const [server = '', invitation = '', handle = '', file = '', answer = ''] = process.argv.slice(2);

await using earshot = await openProfile({ dir: `profile-of-${handle}`, server });
if ((await earshot.account.current()) === null) {
  await earshot.account.join({ invitation, handle, name: handle, password: 'correct horse battery', deviceName: 'program' });
}

const next = new Promise<string>((resolve) => {
  earshot.on((happening) => {
    if (happening.type === 'message') resolve(happening.message);
  });
});
await earshot.start();
await earshot.synced();

const { packets, preSkip, samples } = readOggOpus(await readFile(file));
const me = await earshot.account.me();
for (const person of await earshot.people.list()) {
  if (person.id === me.person) continue;
  const conversation = await earshot.conversations.direct(person.id);
  const take = await earshot.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets);
  const message = await take.send({ samples, preSkip, waveform: new Uint8Array(), source: { from: 'file', name: file } });
  const { sha256 } = await earshot.outgoing.stored(message);
  console.log(`sent ${message} ${sha256}`);
}

await writeFile(answer, await earshot.messages.audio(await next));
console.log(`received ${answer}`);

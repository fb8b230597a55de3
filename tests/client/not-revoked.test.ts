import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { say } from './ada-and-ben.ts';
import { personId, town, until } from './town.ts';

const ENDINGS = {
  'was not used for 90 days': async ({ limits }: { limits: { sessionIdle?: number } }) => void (limits.sessionIdle = 0),
  'ended when the operator kept its person out, who may come again': async ({ dir }: { dir: string }) => {
    await using operator = openOperator(join(dir, 'data'));
    for (const disabled of [true, false]) await operator.disable('ada', disabled);
  },
};

for (const [how, end] of Object.entries(ENDINGS))
  test(`[ACC4] a device whose session ${how} keeps all that it has, and shows it once she has signed in again`, async () => {
    const limits: { sessionIdle?: number } = {};
    await using place = await town({ limits });
    const store = memoryStore();
    const ada = await place.person('ada', { store });
    const ben = await place.person('ben');
    const conversation = await ada.conversations.direct(await personId(ben));
    const said = await say(ada, conversation, null);
    await ada.settled();
    const kept = (): Promise<number[]> => Promise.all(['k', 'b'].map(async (folder) => (await store.list({ from: `${folder}/`, to: `${folder}0` })).length));
    const [before, code] = [await kept(), await ada.account.recoveryCode()];

    await place.stopServer();
    await end({ limits, dir: place.dir });
    await place.startServer();
    await until(ada, async () => (await ada.account.current()) === null);
    assert.equal(await ada.account.ended(), 'session.missing');
    delete limits.sessionIdle;
    await place.stopServer();
    await place.startServer();
    assert.deepEqual(await kept(), before);

    await ada.account.signIn({ handle: 'ada', password: 'password of ada', deviceName: 'tablet' });
    assert.deepEqual([(await ada.account.current())?.locked, await ada.account.recoveryCode()], [false, code]);
    await ada.synced();
    assert((await ada.messages.audio(said)).length > 0);
    await say(ada, conversation, null);
    await ada.settled();
  });

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Household } from '../testing/household.ts';
import { sync } from './read.ts';

test('[BACK3] an answer is of one moment: what is said while it is put together makes no log longer than it says that it is', async () => {
  const house = new Household();
  const [ada, ben] = [await house.join('ada'), await house.join('ben')];
  const log = await house.group(ada, [ben]);
  await house.say(ada, log);
  const { logs } = house.ports.store;
  const of = logs.of.bind(logs);
  logs.of = async (person) => {
    const found = await of(person);
    await house.say(ada, log);
    return found;
  };
  const answer = await sync(house.ports, ben, { have: {} });
  const told = (JSON.parse(answer.logs) as { log: { id: string; head: number }; events: { seq: number }[] }[]).find((one) => one.log.id === log);
  assert.deepEqual([told?.log.head, told?.events.map(({ seq }) => seq), answer.more], [2, [1, 2], false]);
});

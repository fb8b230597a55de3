import assert from 'node:assert/strict';
import { test } from 'node:test';
import { later } from './later.ts';

class Engine {
  readonly #sum: number[] = [];

  async add(number: number): Promise<number> {
    this.#sum.push(number);
    return this.#sum.reduce((one, other) => one + other, 0);
  }

  async name(): Promise<string> {
    return 'loaded';
  }
}

test('an engine is loaded once, with the first call of a verb that needs it', async () => {
  let loads = 0;
  const engine = later<Engine>(async () => {
    loads += 1;
    return new Engine();
  }, { name: async () => 'at once' });
  assert.equal(await engine.name(), 'at once');
  assert.equal(loads, 0);
  assert.deepEqual(await Promise.all([engine.add(1), engine.add(2)]), [1, 3]);
  // To hand it on through a promise calls nothing.
  const handedOn = await Promise.resolve(engine);
  assert.equal(await handedOn.add(3), 6);
  assert.equal(loads, 1);
});

test('a load that failed is tried again with the next call', async () => {
  let online = false;
  const engine = later<Engine>(async () => {
    if (!online) throw new Error('offline');
    return new Engine();
  });
  await assert.rejects(engine.add(1), /offline/);
  online = true;
  assert.equal(await engine.add(2), 2);
});

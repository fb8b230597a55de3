import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bus } from '../bus.ts';
import type { Channel } from '../channel.ts';
import type { ConnectionState } from '../earshot.ts';
import { ShownState } from './shown-state.ts';

/** A browser, whose pages hear one another at once. */
class Browser {
  readonly #listeners = new Set<(message: unknown) => void>();

  open(): Page {
    const own = new Set<(message: unknown) => void>();
    const channel: Channel = {
      post: (message) => [...this.#listeners].filter((listener) => !own.has(listener)).forEach((listener) => listener(structuredClone(message))),
      listen: (listener) => void (own.add(listener), this.#listeners.add(listener)),
      close: () => own.forEach((listener) => this.#listeners.delete(listener)),
    };
    return new Page(channel);
  }
}

class Page {
  own: ConnectionState = { state: 'stopped' };
  changes = 0;
  woken = 0;
  readonly channel: Channel;
  readonly #bus: Bus;
  readonly #shown: ShownState;

  constructor(channel: Channel) {
    this.channel = channel;
    this.#bus = new Bus(channel);
    this.#bus.on(({ type }) => void (type === 'connection' && (this.changes += 1)));
    this.#shown = new ShownState(this.#bus, () => this.own, () => (this.woken += 1));
  }

  get shows(): ConnectionState {
    return this.#shown.now;
  }

  look(): void {
    this.#shown.ask();
  }

  become(state: ConnectionState): void {
    this.own = state;
    this.#bus.announceHere({ type: 'connection' });
  }
}

const away: ConnectionState = { state: 'waiting', reason: { code: 'network.portal', evidence: {}, until: 5 } };

test('[WEB18] every page shows the connection that one of them holds, whoever opened first, and with its reason', () => {
  const browser = new Browser();
  const [first, second] = [browser.open(), browser.open()];
  first.become(away);
  assert.deepEqual([second.shows, second.changes], [away, 1]);
  const third = browser.open();
  assert.deepEqual(third.shows, away, 'it asked');
  first.become({ state: 'live' });
  assert.deepEqual([second.shows.state, third.shows.state], ['live', 'live']);
});

test('[WEB18] when the page that holds it closes, the next one tells its own', () => {
  const browser = new Browser();
  const [first, second, third] = [browser.open(), browser.open(), browser.open()];
  first.become(away);
  first.become({ state: 'stopped' });
  first.channel.close();
  assert.deepEqual(third.shows, away, 'until the next one says otherwise');
  second.become({ state: 'live' });
  assert.deepEqual([second.shows.state, third.shows.state], ['live', 'live']);
});

test('[WEB18] two pages that hold one each (no lock is shared) show their own, and do not talk for ever', () => {
  const browser = new Browser();
  const [first, second] = [browser.open(), browser.open()];
  first.become({ state: 'live' });
  second.become(away);
  first.become({ state: 'connecting' });
  assert.deepEqual([first.shows.state, second.shows], ['connecting', away]);
});

test('[WEB18] whoever looks at a page hears what it missed, and the page that waits waits no longer', () => {
  const browser = new Browser();
  const [first, second] = [browser.open(), browser.open()];
  first.own = away;
  second.look();
  assert.deepEqual([second.shows, first.woken], [away, 1]);
  first.own = { state: 'live' };
  second.look();
  assert.deepEqual([second.shows.state, first.woken], ['live', 1]);
});

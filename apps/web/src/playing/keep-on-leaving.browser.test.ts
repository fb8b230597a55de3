import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepOnLeaving } from './keep-on-leaving.browser.ts';

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
}

class FakePage extends EventTarget {
  readonly document = new FakeDocument();
  turn(to: DocumentVisibilityState): void {
    this.document.visibilityState = to;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
}

test('[WEB26] the place is kept when the page gets out of sight or goes, and not when somebody comes back to it', () => {
  const page = new FakePage();
  let kept = 0;
  keepOnLeaving({ keep: () => void (kept += 1) }, page);
  page.turn('hidden');
  assert.equal(kept, 1);
  page.turn('visible');
  assert.equal(kept, 1);
  page.dispatchEvent(new Event('pagehide'));
  assert.equal(kept, 2);
});

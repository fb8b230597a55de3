import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Sheets } from './app.ts';

export function createSheets(): Sheets {
  const current = signal<Sheets['current']['value']>(null);
  let count = 0;
  let gone: (() => void) | undefined;
  const put = (next: Sheets['current']['value'], onGone?: () => void): void => {
    const before = gone;
    gone = onGone;
    current.value = next;
    before?.();
  };
  return {
    current,
    drawn: signal(false),
    open: (view, onGone) => {
      count += 1;
      put({ key: count, view }, onGone);
    },
    close: (key) => {
      if (key === undefined || key === current.peek()?.key) put(null);
    },
  };
}

/** Opens a sheet and waits for its answer. `otherwise`: what it means that it is gone without one, whoever closed it or took its place. */
export function ask<T>(sheets: Pick<Sheets, 'open'>, otherwise: T, draw: (answer: (value: T) => void) => VNode): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  sheets.open(() => draw(resolve), () => resolve(otherwise));
  return promise;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { h, type VNode } from 'preact';
import { ask, createSheets } from './sheets.ts';

const view = (): VNode => assert.fail('nothing is drawn here');

test('[WEB48] a question is answered by its sheet, or by what its end means: when it is closed, and when another one takes its place', async () => {
  const sheets = createSheets();
  const asked = (): Promise<'yes' | 'no'> => ask<'yes' | 'no'>(sheets, 'no', view);
  const closed = asked();
  sheets.close();
  assert.equal(await closed, 'no');

  const first = asked();
  const second = asked();
  assert.equal(await first, 'no');
  sheets.open(view);
  assert.equal(await second, 'no');

  let answer: (value: 'yes' | 'no') => void = () => undefined;
  const answered = ask<'yes' | 'no'>(sheets, 'no', (given) => {
    answer = given;
    return h('p', {});
  });
  sheets.current.value?.view();
  answer('yes');
  sheets.close();
  assert.equal(await answered, 'yes');
});

test('[WEB48] what a sheet set going closes it and no other, however late', async () => {
  const sheets = createSheets();
  sheets.open(view);
  const late = sheets.current.value?.key;
  const question = ask<boolean>(sheets, false, view);
  sheets.close(late);
  assert.notEqual(sheets.current.value, null);
  sheets.close(sheets.current.value?.key);
  assert.equal(sheets.current.value, null);
  assert.equal(await question, false);
  // Whoever waits for the end of one may open the next.
  sheets.open(view, () => sheets.open(view));
  sheets.close();
  assert.notEqual(sheets.current.value, null);
});

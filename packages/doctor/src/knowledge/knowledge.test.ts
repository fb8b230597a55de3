import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { inventory } from './inventory.ts';
import { quickChecks } from '../engine/quick.ts';
import { apps, platforms } from './kinds.ts';
import { loadKnowledge } from './load.node.ts';
import type { Step } from './schema.ts';

const knowledge = await loadKnowledge();
type Heading = keyof typeof knowledge;

/** Every entry with the heading it stands under. */
const entries = (Object.keys(knowledge) as Heading[]).flatMap((heading) => knowledge[heading].map((entry) => ({ heading, entry })));

/** What kind of entry does justice to what kind of row; a guard does to any. */
const fitting: Readonly<Record<string, readonly Heading[]>> = {
  behaviour: ['facts', 'probes', 'questions'],
  cause: ['causes', 'symptoms'],
  check: ['questions', 'probes', 'steps'],
  diagnosis: ['causes', 'symptoms'],
  fix: ['steps', 'facts'],
  gap: ['facts'],
  knowledge: ['facts'],
  limit: ['facts'],
  mechanism: ['causes', 'facts', 'probes'],
  method: ['facts', 'steps', 'questions'],
  prevention: ['facts', 'steps', 'probes', 'questions'],
  principle: ['facts'],
  safety: ['facts', 'steps'],
  scenario: ['causes', 'symptoms'],
  setting: ['steps'],
  symptom: ['symptoms'],
  workaround: ['facts', 'steps'],
};

const named = (id: string): Step => {
  const step = knowledge.steps.find((each) => each.id === id);
  assert(step !== undefined, `there is no step ${id}`);
  return step;
};

describe('the inventory', () => {
  test('[KNOW1] has 236 rows, and each is covered by an entry that does justice to its kind', () => {
    assert.deepEqual(inventory.map(({ row }) => row), Array.from({ length: 236 }, (_, index) => index + 1));
    const uncovered = inventory.filter(({ row, kind }) => {
      const headings = entries.filter(({ entry }) => entry.rows.includes(row)).map(({ heading }) => heading);
      return !headings.some((heading) => heading === 'guards' || fitting[kind]?.includes(heading) === true);
    });
    assert.deepEqual(uncovered, []);
  });

  test('[KNOW2] the waits of timed steps are the ones it names', () => {
    const waits = { 'bluetooth-off': 60, 'disconnect-headset': 15, 'plug-in-and-out': 5, 'permission-off-and-on': 10, 'close-and-reopen': 5, 'restart-device': 30, 'toggle-imessage': 20 };
    for (const [id, seconds] of Object.entries(waits)) assert.equal(named(id).waits, seconds, id);
  });

  test('[KNOW2] the five quick questions take two minutes together', () => {
    const quick = knowledge.questions.filter((question) => question.quick === true);
    assert.equal(quick.length, 5);
    assert.ok(quick.reduce((sum, { seconds }) => sum + seconds, 0) <= 120);
  });

  test('[KNOW2] so do the five quick checks in every app on every system, with their waits and what is measured after each', () => {
    const measuring = (probe: string): number => knowledge.probes.find(({ id }) => id === probe)?.seconds ?? 0;
    for (const setting of apps.flatMap((app) => platforms.map((platform) => ({ app, platform, browser: null, place: 'web' as const })))) {
      const steps = quickChecks(knowledge, setting);
      assert.equal(steps.length, 5, `${setting.app} ${setting.platform}`);
      const seconds = steps.reduce((sum, step) => sum + step.seconds + (step.waits ?? 0) + measuring(step.test), 0);
      assert.ok(seconds <= 120, `${setting.app} ${setting.platform}: ${seconds} s`);
    }
  });
});

describe('what belongs together', () => {
  test('[KNOW3] every failure code is explained by a cause of what does not work', () => {
    const explained = new Set(knowledge.causes.filter(({ tree }) => tree === 'not-working').flatMap((cause) => cause.codes ?? []));
    assert.deepEqual(Object.keys(failures).filter((code) => !new Set<string>(explained).has(code)), []);
  });

  test('[KNOW4] every cause shows itself in a symptom of its tree, and a step of its tree can clear it', () => {
    for (const { id, tree } of knowledge.causes) {
      assert.ok(knowledge.symptoms.some((symptom) => symptom.tree === tree && symptom.likely[id] !== undefined), `no symptom leads to ${id}`);
      assert.ok(knowledge.steps.some((step) => step.trees.includes(tree) && step.clears[id] !== undefined), `nothing clears ${id}`);
    }
  });

  test('[KNOW4] what a symptom, a step or a cause speaks of is of its own tree', () => {
    const trees = new Map(knowledge.causes.map(({ id, tree }) => [id, tree]));
    for (const { id, tree, likely } of knowledge.symptoms) for (const cause of Object.keys(likely)) assert.equal(trees.get(cause), tree, `${id}: ${cause}`);
    for (const { id, trees: of, clears } of knowledge.steps)
      for (const cause of Object.keys(clears)) assert.ok(of.some((tree) => tree === trees.get(cause)), `${id}: ${cause}`);
  });

  test('[KNOW5] guards name rules of the specification that exist', () => {
    const specification = readFileSync(new URL('../../../../SPEC.md', import.meta.url), 'utf8');
    const rules = new Set([...specification.matchAll(/^- \*\*\[([A-Z]+\d+)\]\*\*/gm)].map((match) => match[1]));
    assert.ok(rules.size > 100);
    assert.deepEqual(knowledge.guards.flatMap(({ id, rules: held }) => held.filter((rule) => !rules.has(rule)).map((rule) => `${id}: ${rule}`)), []);
  });
});

describe('what a person reads', () => {
  test('[KNOW6] stands there in English and in German', () => {
    assert.deepEqual(entries.flatMap(({ entry }) => untranslated(entry).map((path) => `${entry.id}${path}`)), []);
  });

  test('[KNOW6] steps for an iPhone that lead through the settings offer another way where versions differ', () => {
    for (const id of ['allow-microphone-in-system', 'close-and-reopen', 'restart-device']) {
      assert.ok(named(id).how.filter((way) => way.platforms?.includes('ios') === true).length >= 2, id);
    }
    const paths = JSON.stringify([named('allow-microphone-in-system'), named('tick-your-number')]);
    assert.match(paths, /before iOS 18/);
    assert.match(paths, /search Settings for/i);
  });

  test('[KNOW7] one table says what each step that changes a device takes away', () => {
    const table = knowledge.facts.find(({ id }) => id === 'loss-table')?.beside ?? [];
    const changing = knowledge.steps.filter(({ kind, destroys }) => destroys.length > 0 || ['restart', 'update', 'reinstall', 'reset', 'restore'].includes(kind));
    const missing = changing.filter(({ id }) => !table.includes(id)).map(({ id }) => id);
    assert.deepEqual(missing, []);
  });

  test('[KNOW7] cleaning warns of compressed air, resetting all settings leads to the permission, reinstalling comes after all else', () => {
    assert.match(named('clean-opening').warning?.en ?? '', /never .*compressed air/i);
    assert.ok(named('reset-all-settings').after?.includes('microphone-permission'));
    const first = named('reinstall-app').notBefore ?? [];
    for (const id of ['restart-device', 'update-app', 'clear-cache', 'offload-app']) assert.ok(first.includes(id), id);
  });

  test('[KNOW7] a profile from strangers is warned of and advised nowhere', () => {
    const warning = knowledge.facts.find(({ id }) => id === 'screen-recording-on-iphone');
    assert.equal(warning?.kind, 'warning');
    assert.ok(!knowledge.steps.some((step) => /trust/i.test(JSON.stringify(step.how))));
  });
});

/** Paths of texts that have English and no German, or another number of lines in it. */
function untranslated(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('en' in value && !Array.isArray(value)) {
    const german = 'de' in value ? value.de : undefined;
    const steps = path.endsWith('.do') && Array.isArray(value.en) && Array.isArray(german) && german.length !== value.en.length;
    return german === undefined || steps ? [path] : [];
  }
  return Object.entries(value).flatMap(([key, each]) => untranslated(each, `${path}.${key}`));
}

import type { Cause, Knowledge, Question, Step, Symptom } from '../knowledge/schema.ts';

/** Just enough to see each decision by itself: two causes that look alike, one that needs proof, and one of the second tree. */

const en = (text: string): { en: string } => ({ en: text });

const cause = (id: string, more: Partial<Cause> = {}): Cause => ({
  id, tree: 'not-working', title: en(id), explain: en(id), group: 'software', usual: 'common', owner: 'you', severity: 'low', shows: {}, rows: [1], ...more,
}); // prettier-ignore

const question = (id: string, more: Partial<Question> = {}): Question => ({
  id, text: en(id), why: en(`why ${id}`), seconds: 10, rows: [1],
  answers: [{ id: 'yes', text: en('yes'), fine: true }, { id: 'no', text: en('no') }], ...more,
}); // prettier-ignore

export const step = (id: string, clears: Step['clears'], more: Partial<Step> = {}): Step => ({
  id, trees: ['not-working'], kind: 'setting', title: en(id), why: en(id), how: [{ do: { en: [id] } }], seconds: 30, risk: 'none', destroys: [], clears, test: 'works', rows: [1], ...more,
}); // prettier-ignore

const symptom = (id: string, tree: Symptom['tree'], likely: Symptom['likely']): Symptom => ({ id, tree, title: en(id), says: { en: [id] }, severity: 'low', likely, rows: [1] });

export const small: Knowledge = {
  symptoms: [
    symptom('silent', 'not-working', { forbidden: 'usually', stuck: 'usually', broken: 'usually', room: 'always' }),
    symptom('message-gone', 'gone', { 'deleted-lately': 'usually' }),
  ],
  causes: [
    cause('forbidden', { shows: { allowed: { no: 'always' }, mark: { no: 'always' } }, codes: ['mic.denied'] }),
    cause('stuck', { shows: { indicator: { no: 'usually' } } }),
    cause('broken', { usual: 'rare', shows: { recorder: { no: 'always' }, camera: { no: 'always' } }, proof: { atLeast: 2, of: { recorder: ['no'], camera: ['no'] } } }),
    cause('room', { usual: 'usual', shows: { 'storage-room': { full: 'always' } }, apps: ['earshot'] }),
    cause('deleted-lately', { tree: 'gone', shows: { bin: { no: 'always' } } }),
    cause('elsewhere', { tree: 'gone', shows: { bin: { yes: 'always' } } }),
  ],
  probes: [
    {
      id: 'storage-room', title: en('room'), measures: en('room'), where: ['web'], seconds: 1, rows: [1],
      answers: [{ id: 'enough', text: en('enough'), fine: true }, { id: 'full', text: en('full') }],
    }, // prettier-ignore
  ],
  questions: [question('allowed'), question('indicator'), question('mark'), question('recorder'), question('camera'), question('works'), question('works-now'), question('bin')],
  steps: [
    step('allow', { forbidden: 'always' }),
    step('restart', { stuck: 'usually', forbidden: 'rarely' }, { kind: 'restart', seconds: 60, risk: 'low' }),
    step('reset', { stuck: 'always' }, { kind: 'reset', risk: 'high', destroys: [en('settings')], after: ['allowed'], notBefore: ['restart'] }),
    step('repair', { broken: 'always' }, { kind: 'repair', seconds: 3600, risk: 'low' }),
    step('make-room', { room: 'always' }, { kind: 'free-space', test: 'storage-room', destroys: [en('files')] }),
    step('look-in-bin', { 'deleted-lately': 'always' }, { trees: ['gone'], kind: 'look' }),
    step('restore', { elsewhere: 'usually' }, { trees: ['gone'], kind: 'restore', risk: 'high', destroys: [en('newer messages')] }),
  ],
  facts: [],
  guards: [],
}; // prettier-ignore

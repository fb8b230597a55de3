import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { KnowledgeError, loadKnowledge } from './load.node.ts';

const whole = `
symptoms:
  - id: flat-waveform
    tree: not-working
    title: { en: The line stays flat while you speak, de: Die Linie bleibt flach }
    says: { en: [the waveform stays flat, nothing moves when I talk] }
    severity: medium
    likely: { device-full: usually }
    rows: [11]
causes:
  - id: device-full
    tree: not-working
    title: { en: The device is full }
    explain: { en: A recording needs room before it can be sent. }
    group: storage
    usual: common
    owner: device
    severity: low
    shows:
      storage-room: { full: usually, low: sometimes }
      storage-asked: { no: usually }
    codes: [device.storage]
    rows: [134]
probes:
  - id: storage-room
    title: { en: Room on this device }
    measures: { en: How much room there is. }
    answers:
      - { id: enough, text: { en: enough } }
      - { id: low, text: { en: little } }
      - { id: full, text: { en: none } }
    rows: [134]
questions:
  - id: storage-asked
    text: { en: Is there at least one gigabyte free? }
    why: { en: Without room nothing can be recorded. }
    answers:
      - { id: 'yes', text: { en: Yes }, fine: true }
      - { id: 'no', text: { en: No } }
    seconds: 20
    rows: [135]
steps:
  - id: free-room
    trees: [not-working]
    kind: free-space
    title: { en: Make room }
    why: { en: Recordings need room. }
    how:
      - do: { en: [Delete large videos that you do not need.] }
    seconds: 300
    risk: low
    destroys: [{ en: What you delete. }]
    clears: { device-full: usually }
    test: storage-asked
    rows: [139]
facts:
  - id: one-gigabyte
    kind: limit
    title: { en: Keep one gigabyte free }
    text: { en: Systems get slow and apps fail below that. }
    beside: [device-full]
    rows: [135]
guards:
  - id: no-room-is-said
    title: { en: Earshot says when there is no room. }
    rules: [REC5]
    rows: [137]
`;

async function load(sheets: Record<string, string>): Promise<Awaited<ReturnType<typeof loadKnowledge>> | readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-knowledge-'));
  try {
    await Promise.all(Object.entries(sheets).map(([name, text]) => writeFile(join(folder, name), text)));
    return await loadKnowledge(folder);
  } catch (error) {
    if (error instanceof KnowledgeError) return error.complaints;
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('[DOC1] what is written in files is one body of plain data, and probes know from those that measure which answers are fine', async () => {
  const [questions, rest] = [whole.indexOf('\nquestions:'), whole.indexOf('\nsteps:')];
  const knowledge = await load({ 'a.yaml': whole.slice(0, questions) + whole.slice(rest), 'b.yaml': whole.slice(questions, rest) });
  assert.ok('causes' in knowledge, JSON.stringify(knowledge));
  assert.deepEqual(JSON.parse(JSON.stringify(knowledge)), knowledge);
  assert.deepEqual(
    knowledge.probes[0]?.answers.filter(({ fine }) => fine === true).map(({ id }) => id),
    ['enough'],
  );
});

const mistakes: readonly (readonly [what: string, from: string, to: string, complaint: RegExp])[] = [
  ['a word that is none of the scale', 'usual: common', 'usual: often', /^a\.yaml, causes device-full, usual: needs .*"common".*but has "often"/],
  ['a misspelt field', 'explain:', 'explains:', /^a\.yaml, causes device-full, explains: is not a field here/],
  ['a field that is missing', '    group: storage\n', '', /^a\.yaml, causes device-full, group: is missing/],
  ['a cause that is nowhere', 'likely: { device-full', 'likely: { device-empty', /symptoms flat-waveform, likely\.device-empty: there is no "device-empty"/],
  ['an answer that nobody gives', 'storage-asked: { no:', 'storage-asked: { nope:', /shows\.storage-asked: "storage-asked" has no answer "nope"; it has yes, no/],
  ['a probe that nothing measures', 'id: storage-room', 'id: room-of-storage', /probes room-of-storage, id: nothing measures this/],
  ['an answer that is not measured', '{ id: low, text', '{ id: little, text', /probes storage-room, answers low: the answers measured are enough, low, full/],
  ['a re-test that can never succeed', "text: { en: Yes }, fine: true }", 'text: { en: Yes } }', /no answer of "storage-asked" is marked fine/],
  ['a failure code that does not exist', 'device.storage', 'device.stores', /codes\.0: needs .* but has "device\.stores"/],
  ['a row that does not exist', 'rows: [139]', 'rows: [239]', /steps free-room, rows\.0: needs .*but has 239/],
  ['an id that is taken', 'id: one-gigabyte', 'id: free-room', /facts free-room, id: is already used in a\.yaml, steps/],
  ['a heading that is none', 'facts:', 'fact:', /heading "fact": is not known; there is symptoms/],
  ['broken YAML', 'rows: [139]', 'rows: [139', /^a\.yaml, line \d+: /],
]; // prettier-ignore

for (const [what, from, to, complaint] of mistakes) {
  test(`[DOC2] ${what} is complained of by file, entry and field, and by what is expected`, async () => {
    assert.ok(whole.includes(from));
    const complaints = await load({ 'a.yaml': whole.replace(from, to) });
    assert.ok(Array.isArray(complaints), 'it was accepted');
    assert.ok(complaints.some((line: string) => complaint.test(line)), complaints.join('\n'));
  });
}

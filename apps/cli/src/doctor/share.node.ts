import { resolve } from 'node:path';
import { utf8 } from '@earshot/base/encoding.ts';
import { bundleText, makeBundle } from '@earshot/doctor/bundle/bundle.ts';
import { createDoctor } from '@earshot/doctor/engine/doctor.ts';
import type { ProbeResult } from '@earshot/doctor/probes/probe.ts';
import { PROTOCOL_VERSION } from '@earshot/protocol/version.ts';
import type { Context } from '../context.ts';
import { writeWhole } from '../files/write-file.node.ts';
import type { Output } from '../output/output.ts';
import { version } from '../version.ts';
import { platformHere } from './consult.node.ts';
import type { Examination } from './examination.node.ts';
import { readVisit } from './kept-visit.node.ts';
import { knowledge } from './knowledge.node.ts';
import { readPassphrase } from '../profile/passphrase.node.ts';
import { readProfile } from './machine/account.node.ts';
import { isTerminal, Left, terminalTalk } from './talk.ts';

/** Shows what a support bundle would hold, and writes it: on a terminal only after a yes. Never over another file. */
export async function share(context: Context, output: Output, examination: Examination, profile: string, path: string): Promise<void> {
  const results = await examination.look(examination.asked);
  const text = await compose(context, examination, profile, results);
  output.result({ bundle: JSON.parse(text) as unknown }, text.trimEnd());
  if (isTerminal(context) && !output.json && !(await agreed(context, path))) return;
  const file = resolve(context.cwd, path);
  await writeWhole(file, utf8(text), { force: false, random: context.random });
  output.note(`earshot: this and nothing else is in ${file}.`);
}

async function compose(context: Context, { side }: Examination, profile: string, results: readonly ProbeResult[]): Promise<string> {
  const { clock } = context;
  const known = await knowledge();
  const session = side === 'user' ? await readVisit(profile) : null;
  const failed = side === 'user' ? ((await readProfile(profile, await readPassphrase(context)))?.failures ?? []) : [];
  return bundleText(makeBundle({
    place: side === 'user' ? 'cli' : 'server', platform: platformHere(), results, session,
    versions: { earshot: version, protocol: PROTOCOL_VERSION, runtime: process.versions.node, browser: null },
    failures: failed.map(({ code, made }) => ({ code, secondsAgo: Math.max(0, Math.round((clock.now() - made) / 1000)) })),
    suspects: session === null ? [] : createDoctor(known).suspects(session),
  }, known));
}

async function agreed(context: Context, path: string): Promise<boolean> {
  using talk = terminalTalk(context);
  try {
    return (await talk.choose(`This is all that would be in ${path}. Write it?`, [{ id: 'yes', text: 'Yes' }, { id: 'no', text: 'No' }])) === 'yes';
  } catch (error) {
    if (error instanceof Left) return false;
    throw error;
  }
}

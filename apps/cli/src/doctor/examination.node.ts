import { resolve } from 'node:path';
import { runProbes, type ProbeResult, type ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { isProbeId, type ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { originOf, type OperatorOptions } from '../commands/operator.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Context } from '../context.ts';
import { readServerAddress } from '../names/link.ts';
import { profileFolder } from '../profile/folder.node.ts';
import { readServer, type ProfileOptions } from '../profile/session.node.ts';
import { operatorProbes, operatorProbeSet } from './operator.node.ts';
import type { Side } from './remedies.ts';
import { userProbes, userProbeSet } from './user.node.ts';

export interface ExaminationOptions extends ProfileOptions, OperatorOptions {
  readonly address?: string;
  readonly server?: true;
  readonly certificate?: string;
}

/** Who looks at what. */
export interface Examination {
  readonly side: Side;
  /** All probes of this side. */
  readonly asked: readonly ProbeId[];
  /** Looks now; what was seen before does not count. */
  look(probes: readonly string[]): Promise<ProbeResult[]>;
}

export async function examinationOf(context: Context, options: ExaminationOptions): Promise<Examination> {
  const { clock, ending: signal } = context;
  const open = options.server ? await operatorSet(context, options) : await userSet(context, options);
  return {
    side: options.server ? 'operator' : 'user',
    asked: options.server ? operatorProbes : userProbes,
    look: async (probes) => await runProbes(probes.filter(isProbeId), { set: await open(), clock, signal }),
  };
}

async function userSet(context: Context, options: ExaminationOptions): Promise<() => Promise<ProbeSet>> {
  const { env, cwd, clock, random, ending: signal } = context;
  const profile = profileFolder(context, options.profile);
  const home = await readServer(profile);
  const address = options.address === undefined ? home : readServerAddress(options.address);
  return () => userProbeSet({ server: address === null ? null : new URL(address), own: address === home, profile, env, cwd, clock, random, signal });
}

async function operatorSet(context: Context, options: ExaminationOptions): Promise<() => Promise<ProbeSet>> {
  const { clock, ending: signal, cwd } = context;
  const config = await loadConfig(context, options);
  const certificate = options.certificate === undefined ? null : resolve(cwd, options.certificate);
  const origin = new URL(await originOf(config));
  return () => operatorProbeSet({ config, origin, certificate, clock, signal });
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runProbes, type ProbeResult, type ProbeSet } from '@earshot/doctor/probes/probe.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Side } from '../doctor/remedies.ts';
import { tellFindings } from '../doctor/tell.ts';
import { readServerAddress } from '../names/link.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { profileFolder } from '../profile/folder.node.ts';
import { readServer, type ProfileOptions } from '../profile/session.node.ts';
import { originOf, type OperatorOptions } from './operator.ts';

interface DoctorOptions extends ProfileOptions, Omit<OperatorOptions, 'json'> {
  readonly address?: string;
  readonly server?: true;
  readonly certificate?: string;
}

/** What is wrong, and what to do about it: on the side of a person, or of an operator. */
export function defineDoctor(program: Command, stage: Stage): void {
  const command = withProfile(program.command('doctor'))
    .description('find out what is wrong and what to do about it: the way to your server and your account, or with --server the server on this machine')
    .option('--address <url>', 'look at the way to this server, with or without an account')
    .option('--server', 'look at the server on this machine instead: disk, rights, database, clock, certificate, backup, push, limits')
    .option('--data <dir>', 'with --server: folder of the server (default: $EARSHOT_DATA or ./data)')
    .option('--config <file>', 'with --server: configuration file (default: earshot.json in that folder)')
    .option('--certificate <file>', 'with --server: the certificate in this file (PEM), instead of the one that the address shows');
  examples(command, 'earshot doctor', 'earshot doctor --address https://voice.example.org', 'earshot doctor --server --data /srv/earshot').action(async (options: DoctorOptions) => {
    await stage.perform(options, (output) => (options.server ? examineServer(stage, output, options) : examineUser(stage, output, options)));
  });
}

async function examineUser({ context }: Stage, output: Output, options: DoctorOptions): Promise<ExitCode> {
  const { userProbes, userProbeSet } = await import('../doctor/user.node.ts');
  const { env, clock, random, ending } = context;
  const profile = profileFolder(context, options.profile);
  const address = options.address === undefined ? await readServer(profile) : readServerAddress(options.address);
  const set = await userProbeSet({ server: address === null ? null : new URL(address), profile, env, clock, random, signal: ending });
  return await tell(output, 'user', await examine(userProbes, set, context));
}

async function examineServer({ context }: Stage, output: Output, options: DoctorOptions): Promise<ExitCode> {
  const { operatorProbes, operatorProbeSet } = await import('../doctor/operator.node.ts');
  const { json: _, ...settings } = options;
  const config = await loadConfig(context, settings);
  const certificate = options.certificate === undefined ? null : resolve(context.cwd, options.certificate);
  const set = await operatorProbeSet({ config, origin: new URL(await originOf(config)), certificate, clock: context.clock, signal: context.ending });
  return await tell(output, 'operator', await examine(operatorProbes, set, context));
}

function examine(asked: readonly ProbeId[], set: ProbeSet, { clock, ending }: Stage['context']): Promise<ProbeResult[]> {
  return runProbes(asked, { set, clock, signal: ending });
}

async function tell(output: Output, side: Side, results: readonly ProbeResult[]): Promise<ExitCode> {
  const { loadKnowledge } = await import('@earshot/doctor/knowledge/load.node.ts');
  return tellFindings(output, side, results, (await loadKnowledge()).probes);
}

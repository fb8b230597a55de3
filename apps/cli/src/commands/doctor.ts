import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runProbes, type ProbeResult, type ProbeSet } from '@earshot/doctor/probes/probe.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Context } from '../context.ts';
import type { Side } from '../doctor/remedies.ts';
import { tellFindings } from '../doctor/tell.ts';
import { readServerAddress } from '../names/link.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { profileFolder } from '../profile/folder.node.ts';
import { openSession, readServer, type ProfileOptions } from '../profile/session.node.ts';
import { makeInvitation, openData, originOf, type OperatorOptions } from './operator.ts';

interface DoctorOptions extends ProfileOptions, OperatorOptions {
  readonly address?: string;
  readonly server?: true;
  readonly certificate?: string;
  readonly drill?: true;
}

/** What is wrong, and what to do about it: on the side of a person, or of an operator. */
export function defineDoctor(program: Command, stage: Stage): void {
  const command = withProfile(program.command('doctor'))
    .description('find out what is wrong and what to do about it: the way to your server and your account, or with --server the server on this machine')
    .option('--address <url>', 'look at the way to this server, with or without an account')
    .option('--server', 'look at the server on this machine instead: disk, rights, database, clock, certificate, backup, push, limits')
    .option('--data <dir>', 'with --server: folder of the server (default: $EARSHOT_DATA or ./data)')
    .option('--config <file>', 'with --server: configuration file (default: earshot.json in that folder)')
    .option('--certificate <file>', 'with --server: the certificate in this file (PEM), instead of the one that the address shows')
    .option('--drill', 'play what befalls people on the way, against your server and with an account that is deleted afterwards; with --server the operator invites it');
  examples(command, 'earshot doctor', 'earshot doctor --address https://voice.example.org', 'earshot doctor --server --data /srv/earshot').action(async (options: DoctorOptions) => {
    await stage.perform(options, (output) => (options.drill ? play(stage, output, options) : options.server ? examineServer(stage, output, options) : examineUser(stage, output, options)));
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
  const config = await loadConfig(context, options);
  const certificate = options.certificate === undefined ? null : resolve(context.cwd, options.certificate);
  const set = await operatorProbeSet({ config, origin: new URL(await originOf(config)), certificate, clock: context.clock, signal: context.ending });
  return await tell(output, 'operator', await examine(operatorProbes, set, context));
}

function examine(asked: readonly ProbeId[], set: ProbeSet, { clock, ending }: Stage['context']): Promise<ProbeResult[]> {
  return runProbes(asked, { set, clock, signal: ending });
}

async function tell(output: Output, side: Side, results: readonly ProbeResult[]): Promise<ExitCode> {
  const { loadKnowledge } = await import('@earshot/doctor/knowledge/load.node.ts');
  // Programs get ids; reading the words takes longer than looking.
  return tellFindings(output, side, results, output.json ? [] : (await loadKnowledge()).probes);
}

async function play({ context }: Stage, output: Output, options: DoctorOptions): Promise<ExitCode> {
  const { drill } = await import('../doctor/drill/drill.node.ts');
  const { clock, random, ending: signal } = context;
  const { origin, invitation } = await (options.server ? invitedByOperator(context, options) : invitedByPerson(context, options));
  return (await drill(output, { origin, invitation, clock, random, signal })) ? 0 : 1;
}

async function invitedByOperator(context: Context, options: DoctorOptions): Promise<{ origin: string; invitation: string }> {
  const { operator, config } = await openData(context, options);
  await using _ = operator;
  const origin = await originOf(config);
  const { link } = await makeInvitation(operator, context.random, { origin });
  return { origin, invitation: new URL(link).hash.slice(1) };
}

async function invitedByPerson(context: Context, options: DoctorOptions): Promise<{ origin: string; invitation: string }> {
  await using session = await openSession(context, options);
  const origin = await readServer(session.dir);
  if (origin === null) throw new Failure('device.profile-empty', { profile: session.dir });
  return { origin, invitation: (await session.earshot.people.invite()).secret };
}

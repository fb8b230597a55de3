import type { Command } from 'commander';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

interface DeviceOptions extends ProfileOptions {
  readonly revoke?: string;
}

export function defineDevices(program: Command, stage: Stage): void {
  const command = withProfile(program.command('devices'))
    .description('list your devices, or sign one of them out')
    .option('--revoke <id>', 'sign this device out: it reads nothing new, and destroys what it has when it is back');
  examples(command, 'earshot devices', 'earshot devices --revoke 0c2r...').action(async (options: DeviceOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      if (options.revoke !== undefined) {
        await session.earshot.account.revokeDevice(options.revoke);
        output.result({ device: options.revoke, revoked: true }, 'That device is signed out.');
        return;
      }
      for (const { id, name, created, seen, current, locked } of await session.earshot.account.devices()) {
        const last = seen === null ? 'never seen' : `seen ${new Date(seen).toLocaleString()}`;
        output.result({ device: id, name, created, seen, current, locked }, `${id}  ${name}  ${current ? 'this device' : last}${locked ? ', not let in yet' : ''}`);
      }
    });
  });
}

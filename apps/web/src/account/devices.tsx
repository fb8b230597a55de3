import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Device } from '@earshot/protocol/people.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { ConfirmSheet } from '../shell/sheet.tsx';
import { lazily } from '../shell/lazily.tsx';

const AddDeviceSheet = lazily(async () => (await import('./add-device.tsx')).AddDeviceSheet);

export function DevicesList(): JSX.Element {
  const { words, earshot, notices, sheets } = useApp();
  const devices = useSignal<readonly Device[]>([]);
  const read = async (): Promise<void> => {
    devices.value = await earshot.account.devices();
  };
  useEffect(() => void notices.attempt(read), []);
  const revoke = (device: Device) => async (): Promise<void> => {
    await earshot.account.revokeDevice(device.id);
    notices.show({ said: { type: 'words', key: 'settings.revoked', values: { name: device.name } } }, 4_000);
    await read();
  };
  return (
    <div class="rows">
      <button type="button" class="row" onClick={() => sheets.open(() => <AddDeviceSheet onDone={read} />)}>
        <span class="row-icon"><Icon name="plus" /></span><span class="text"><span>{words.t('settings.addDevice')}</span></span>
      </button>
      {devices.value.map((device) => (
        <div class="row" key={device.id}>
          <span class="row-icon"><Icon name="phone" /></span>
          <span class="text">
            <span class="cut">{device.name}</span>
            <span>{device.current ? words.t('settings.thisDevice') : device.locked ? words.t('settings.deviceLocked') : device.seen === null ? words.t('settings.deviceNew') : words.t('settings.deviceSeen', { time: words.moment(device.seen) })}</span>
          </span>
          {device.current ? null : (
            <button type="button" class="round" aria-label={words.t('settings.revoke', { name: device.name })} onClick={() => sheets.open(() => (
              <ConfirmSheet title={words.t('settings.revokeTitle', { name: device.name })} text={words.t('settings.revokeText')} yes={words.t('settings.revoke', { name: device.name })} onYes={revoke(device)} />
            ))}><Icon name="door" /></button>
          )}
        </div>
      ))}
    </div>
  );
}

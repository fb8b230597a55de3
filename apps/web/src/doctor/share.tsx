import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { utf8 } from '@earshot/base/encoding.ts';
import { bundleText, makeBundle } from '@earshot/doctor/bundle/bundle.ts';
import { PROTOCOL_VERSION } from '@earshot/protocol/version.ts';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { useApp } from '../shell/app.ts';
import { Sheet } from '../shell/sheet.tsx';
import { type Around, useDoctor } from './context.ts';

/** For whoever is asked for help: everything that would be shared is read before it is. */
export function ShareButton(): JSX.Element {
  const around = useDoctor();
  const { sheets, version } = useApp();
  return <button type="button" class="button" onClick={() => sheets.open(() => <ShareSheet text={sharedText(around, version)} said={around.said} />)}>{around.said.t('share')}</button>;
}

function sharedText({ knowledge, visit, ports }: Around, version: string): string {
  const { setting: { platform, browser }, runtime } = ports;
  return bundleText(makeBundle({
    place: 'web', platform,
    versions: { earshot: version, protocol: PROTOCOL_VERSION, runtime, browser },
    results: [...visit.results.value.values()],
    session: visit.session.value,
    suspects: visit.suspects(),
  }, knowledge));
}

function ShareSheet({ text, said }: { text: string; said: Around['said'] }): JSX.Element {
  const { notices } = useApp();
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
  };
  return (
    <Sheet title={said.t('share')}>
      <p class="soft">{said.t('shareLead')}</p>
      <pre class="doctor-bundle" tabIndex={0}>{text}</pre>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={() => void notices.attempt(copy)}>{said.t(copied.value ? 'shareCopied' : 'shareCopy')}</button>
        <button type="button" class="button primary" onClick={() => offerFile(utf8(text), 'earshot-doctor.json', document, 'application/json')}>{said.t('shareSave')}</button>
      </div>
    </Sheet>
  );
}

import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import type { Words } from '../words/words.ts';
import type { Whereabouts } from './recording.ts';

/** Under the waveform, to its scale: a line where a second is on the server, dashes where it is safe on this device, nothing before. */
export function CustodyLine(): JSX.Element {
  const { recording } = useApp();
  const { server, device, memory } = recording.whereabouts.value;
  return (
    <div class="custody-line" aria-hidden="true">
      <span class="server" style={{ flexGrow: server }} /><span class="device" style={{ flexGrow: device }} /><span style={{ flexGrow: memory }} />
    </div>
  );
}

/** The same in a word. */
export function custodySentence({ server, device, memory }: Whereabouts, words: Words): string {
  const all = server + device + memory;
  if (server === all) return words.t('custody.server');
  const parts = [
    server > 0 ? words.t('custody.partServer', { length: words.length(server) }) : null,
    device > 0 ? words.t('custody.partDevice', { length: words.length(device) }) : null,
    memory > 0 ? words.t('custody.partMemory', { length: words.length(memory) }) : null,
  ];
  return words.names(parts.filter((part) => part !== null));
}

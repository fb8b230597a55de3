import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';

/** Picks a file; what it is, its bytes say. */
export function AttachButton({ conversation }: { conversation: Id }): JSX.Element {
  const { importing, words } = useApp();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input ref={input} type="file" hidden accept="audio/*,video/mp4,video/webm,.wav,.mp3,.m4a,.aac,.flac,.webm,.ogg,.opus" tabIndex={-1} aria-hidden="true"
        onChange={(event) => {
          importing.offer(conversation, [...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }} />
      <button type="button" class="round" aria-label={words.t('file.send')} onClick={() => input.current?.click()}><Icon name="clip" /></button>
    </>
  );
}

import { RecordingEngine } from './engine.ts';
import type { RecordingParts } from './recording-parts.ts';
import type { Draft, Recording } from './recording.ts';

/** The recorder bar's verbs, each put behind those that still run. */
export function createRecording(parts: RecordingParts): Recording {
  const engine = new RecordingEngine(parts);
  const { state } = engine;
  const withDraft = (verb: () => Promise<void>) => (draft: Draft): void =>
    engine.do(async () => {
      await engine.take(draft);
      await verb();
    });
  return {
    ...state,
    start: (conversation, mode) => engine.start(conversation, mode),
    lock: (said) => engine.lock(said),
    togglePause: () => engine.do(() => (state.phase.value === 'recording' ? engine.pause() : engine.resume())),
    toggleListening: () => engine.do(() => engine.toggleListening()),
    seek: (seconds) => engine.do(() => engine.seek(seconds)),
    edit: (edit) => engine.do(() => engine.edit(edit)),
    sayAgain: () => engine.do(() => engine.sayAgain()),
    choose: parts.next.choose,
    putAway: () => engine.do(() => engine.putAway()),
    leave: () => {
      parts.next.leave();
      engine.do(() => engine.leave());
    },
    discard: () => engine.do(() => engine.discard()),
    send: () => engine.do(() => engine.send()),
    continueDraft: withDraft(() => engine.resume()),
    listenToDraft: withDraft(() => engine.toggleListening()),
    sendDraft: withDraft(() => engine.send()),
    discardDraft: withDraft(() => engine.discard()),
    resting: parts.shelf.resting,
    restore: (take) => parts.shelf.restore(take),
    letGo: (take) => parts.shelf.letGo(take),
    keeps: (message) => parts.shelf.keeps(message),
    microphones: async () => (await parts.recorder()).microphones(),
    chooseMicrophone: (id) => engine.do(() => engine.chooseMicrophone(id)),
    tick: () => {
      if (state.playing.value) state.position.value = parts.speaker.position;
    },
  };
}

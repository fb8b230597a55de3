import { makeId, type Id } from '@earshot/base/ids.ts';
import type { SendDetails } from '@earshot/client/earshot.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Edit } from '@earshot/recorder/journal/edit.ts';
import type { Recorder, RecorderHappening } from '@earshot/recorder/recorder.ts';
import { unlessPutAway } from '../playing/put-away.ts';
import { createRecordingState, showFrames, showTake, type Draft, type RecordingState } from './recording.ts';
import type { RecordingParts } from './recording-parts.ts';
import { createRelay, type Relay } from './relay.ts';
import { createShowing, type Showing } from './showing.ts';
import { noteStop } from './stop.ts';
import { detailsOf, fileOf, PACKETS_PER_SECOND } from './take-sound.ts';

/** Messages of fewer packets (20 ms) than this are sent only after asking. */
const SHORT = 50;
/** Who pauses for a thought goes on sooner; who does not may reach for another device. Milliseconds. */
const RESTS_AFTER = 1_500;
export const DISCARD_UNDO = 8_000;
const HEALED_STAYS = 5_000;

/** What is at hand: a take, from the first press to its end. */
interface Current {
  readonly take: Id;
  readonly conversation: Id;
  readonly relay: Relay;
  /** Whether this page's recorder has it open; a draft of an earlier run is only read until it is continued. */
  opened: boolean;
}

/**
 * Drives one take at a time. All verbs run one after the other, so that "send" pressed while "pause" still works finds a take
 * that is paused, and nothing is decided twice.
 */
export class RecordingEngine {
  readonly state: RecordingState;
  readonly #parts: RecordingParts;
  #current: Current | null = null;
  #listening: Recorder | null = null;
  #work: Promise<void> = Promise.resolve();
  readonly #showing: Showing;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
    this.state = createRecordingState(parts.preferences.read('microphone'), parts.shelf.drafts, parts.next);
    this.#showing = createShowing(parts, () => this.#atRest(), (work) => this.do(work));
    parts.speaker.on((event) => {
      if (event === 'time') return;
      if (event instanceof Failure) parts.notices.failed(event);
      this.state.playing.value = event === 'playing';
      if (event === 'ended') this.state.position.value = this.state.seconds.value;
    });
    parts.earshot.on((happening) => {
      if (happening.type === 'progress' && happening.take === this.#current?.take) this.state.packetsStored.value = happening.packetsStored;
      if (happening.type === 'drafts' || (happening.type === 'changed' && happening.message === this.#current?.take)) this.do(() => this.#followElsewhere());
    });
  }

  /** Puts a verb behind those that still run. */
  do(verb: () => Promise<void> | void): void {
    this.#work = this.#work.then(verb).catch((error: unknown) => this.#parts.notices.failed(error));
  }

  start(conversation: Id, mode: 'hold' | 'free'): void {
    const { state } = this;
    if (state.phase.value !== 'idle') return;
    this.#parts.player.pause();
    const take = makeId(this.#parts.random);
    this.#current = { take, conversation, relay: createRelay(this.#parts.earshot.outgoing, take, conversation, null), opened: false };
    this.#parts.shelf.hold(take);
    this.#show(conversation, mode, { peaks: new Uint8Array(0), edits: [] });
    state.phase.value = 'starting';
    this.do(() => this.#run());
  }

  /** Makes a draft the take at hand. */
  async take(draft: Draft): Promise<void> {
    if (this.state.phase.value !== 'idle') return;
    const { recorder, earshot, shelf } = this.#parts;
    const record = await (await recorder()).readTake(draft.take);
    this.#current = { take: draft.take, conversation: draft.conversation, relay: createRelay(earshot.outgoing, draft.take, draft.conversation, record), opened: false };
    this.#show(draft.conversation, 'free', record);
    this.state.phase.value = 'paused';
    shelf.hold(draft.take);
  }

  lock(said: boolean): void {
    this.state.mode.value = 'free';
    if (said) this.#parts.notices.announce(this.#parts.words.t('record.says.locked'));
  }

  async pause(): Promise<void> {
    if (this.state.phase.value !== 'recording') return;
    await (await this.#parts.recorder()).pause();
    this.#paused(null);
  }

  async resume(): Promise<void> {
    if (this.state.phase.value !== 'paused' && this.state.phase.value !== 'listening') return;
    this.#silence();
    this.#parts.player.pause();
    this.state.phase.value = 'starting';
    await this.#run();
  }

  async toggleListening(): Promise<void> {
    const { state } = this;
    const { speaker } = this.#parts;
    await this.pause();
    if (state.phase.value === 'paused') {
      await this.#load(0);
      await speaker.play().catch(unlessPutAway);
    } else if (state.phase.value === 'listening') {
      if (state.playing.value) speaker.pause();
      else {
        if (state.position.value >= state.seconds.value - 0.1) speaker.seek(0);
        await speaker.play().catch(unlessPutAway);
      }
    }
  }

  async seek(seconds: number): Promise<void> {
    if (this.state.phase.value === 'paused') await this.#load(seconds);
    if (this.state.phase.value !== 'listening') return;
    this.#parts.speaker.seek(seconds);
    this.state.position.value = seconds;
  }

  /** The recorder writes it down first; what travels follows. */
  async edit(edit: Edit): Promise<void> {
    await this.pause();
    const current = this.#current;
    if (!current || (this.state.phase.value !== 'paused' && this.state.phase.value !== 'listening')) return;
    this.#silence();
    this.state.phase.value = 'paused';
    const recorder = await this.#parts.recorder();
    await recorder.edit(current.take, edit);
    const record = await recorder.readTake(current.take);
    current.relay.revise(record);
    // The outbox says anew what the server has of it.
    this.state.packetsStored.value = 0;
    showTake(this.state, record);
    this.#showing.soon(RESTS_AFTER);
    this.#say(`edit.says.${edit.kind}`);
  }

  async sayAgain(): Promise<void> {
    const from = Math.round(this.state.position.value * PACKETS_PER_SECOND);
    const to = this.state.packets.value;
    if (this.state.phase.value !== 'listening' || from >= to) return;
    await this.edit({ kind: 'cut', from, to });
    await this.resume();
  }

  #atRest(): Current | null {
    const { phase, packets } = this.state;
    return (phase.value === 'paused' || phase.value === 'listening') && packets.value > 0 ? this.#current : null;
  }

  /** What rests at hand was sent or discarded on another device: the shelf knows what becomes of it. */
  async #followElsewhere(): Promise<void> {
    const current = this.#atRest();
    if (current !== null && (await this.#showing.decided(current.take))) await this.putAway();
  }

  async putAway(): Promise<void> {
    await this.pause();
    await this.leave();
    await this.#parts.shelf.read();
  }

  /** What is at hand becomes a draft, whatever is being done to it. */
  async leave(): Promise<void> {
    const current = this.#current;
    const { shelf, preferences } = this.#parts;
    if (!current) return;
    if (this.state.phase.value === 'recording') noteStop(preferences, current.take, 'signed-out');
    if (current.opened) await this.#listening?.stop();
    this.#end();
    shelf.hold(null);
  }

  async discard(): Promise<void> {
    const current = this.#current;
    const { notices, words, shelf } = this.#parts;
    if (!current || this.state.phase.value === 'sending') return;
    this.#silence();
    // An Undo that is still there is for something else, and would be taken for this.
    notices.dismiss();
    const recorder = await this.#parts.recorder();
    const spoken = this.state.packets.value > 0;
    this.#parts.next.choose(null);
    // The recorder finishes a take that is being recorded first: its last syllable is kept as well.
    // One that was given up before anything of it was shown is one as well: it would go on, and lie there as a draft.
    if (spoken || current.opened) await recorder.discard(current.take);
    noteStop(this.#parts.preferences, current.take, null);
    this.#end();
    await current.relay.cancel();
    if (!spoken) return;
    await shelf.read();
    notices.announce(words.t('record.says.discarded'));
    notices.show({ said: { type: 'words', key: 'record.discarded' }, action: { label: 'do.undo', run: () => shelf.restore(current.take) } }, DISCARD_UNDO);
  }

  async send(): Promise<void> {
    const current = this.#current;
    if (!current || this.state.phase.value === 'sending' || this.state.phase.value === 'idle') return;
    this.#silence();
    await this.pause();
    this.state.phase.value = 'paused';
    if (this.state.packets.value < SHORT) {
      const answer = await this.#parts.askShort();
      if (answer === 'discard') await this.discard();
      if (answer !== 'send') return;
    }
    await this.#sendNow(current);
  }

  async chooseMicrophone(id: string | null): Promise<void> {
    this.state.chosenMicrophone.value = id;
    this.#parts.preferences.write('microphone', id);
    // In mid-take as well: the recorder goes on with the other one, or says why it cannot and keeps this one.
    if (this.state.phase.value === 'recording') await (await this.#parts.recorder()).useMicrophone(id ?? undefined);
  }

  async #sendNow(current: Current): Promise<void> {
    const { notices, words, shelf, next } = this.#parts;
    const recorder = await this.#parts.recorder();
    this.state.phase.value = 'sending';
    try {
      const { packets, details } = await this.#finish(recorder, current);
      const relay = await this.#showing.relayOf(current);
      const message = await next.spend(current.conversation, (chosen) => relay.send(packets, () => recorder.readTake(current.take), { ...details, ...chosen }));
      await recorder.markSent(current.take);
      noteStop(this.#parts.preferences, current.take, null);
      this.#end();
      notices.announce(words.t('record.says.sent'));
      this.#parts.sent(message);
      shelf.forgetWhenStored(message, current.take);
    } catch (error) {
      // Kept, and still at hand: it can be tried again, listened to, left for later.
      if (this.#current === current) this.state.phase.value = 'paused';
      throw error;
    }
  }

  async #finish(recorder: Recorder, current: Current): Promise<{ packets: number; details: SendDetails }> {
    if (!current.opened) {
      const record = await recorder.readTake(current.take);
      return { packets: record.packets.length, details: detailsOf(record) };
    }
    const { packets, samples, preSkip, waveform } = await recorder.stop();
    current.opened = false;
    return { packets, details: { samples, preSkip, waveform, source: { from: 'microphone' } } };
  }

  async #run(): Promise<void> {
    const current = this.#current;
    const { preferences, prime } = this.#parts;
    if (!current) return;
    this.state.fault.value = null;
    this.state.kept.value = null;
    try {
      const recorder = await this.#parts.recorder();
      this.#listen(recorder);
      if (!(await prime(recorder))) {
        this.#notStarted();
        return;
      }
      const chosen = preferences.read('microphone');
      const how = { microphone: chosen ?? undefined, cue: this.#parts.cue() };
      if (current.opened) await recorder.resume(how);
      else await recorder.start({ take: current.take, conversation: current.conversation, resume: this.state.packets.value > 0, ...how });
      current.opened = true;
      this.#begun();
    } catch (error) {
      this.#notStarted();
      if (!(error instanceof Failure)) throw error;
      this.state.fault.value = { code: error.code, evidence: error.evidence };
    }
  }

  /** Nothing was recorded now; what was there before stays at hand. */
  #notStarted(): void {
    if (this.state.packets.value > 0) this.state.phase.value = 'paused';
    else this.#end();
  }

  #begun(): void {
    const { state } = this;
    if (state.phase.value !== 'starting') return;
    state.phase.value = 'recording';
    if (this.#current) noteStop(this.#parts.preferences, this.#current.take, 'page');
    this.#say(state.packets.value < SHORT ? 'record.says.started' : 'record.says.resumed');
  }

  #listen(recorder: Recorder): void {
    if (this.#listening === recorder) return;
    this.#listening = recorder;
    this.state.microphone.value = recorder.microphone;
    recorder.on((happening) => this.#hear(happening));
  }

  #hear(happening: RecorderHappening): void {
    const { state } = this;
    switch (happening.type) {
      case 'frames':
        this.#heard(happening);
        return;
      case 'microphone':
        state.microphone.value = happening.label;
        return;
      case 'fault':
        state.fault.value = { code: happening.code, evidence: happening.evidence };
        return;
      case 'state':
        if (happening.state.at === 'paused' && happening.state.why !== null && state.phase.value === 'recording') this.#paused(happening.state.why);
        return;
      case 'cleared':
        if (state.fault.value?.code === happening.code) state.fault.value = null;
        return;
      case 'healed':
        this.#parts.notices.show({ said: { type: 'words', key: healedKey(happening.code) } }, HEALED_STAYS);
        return;
      case 'microphones':
    }
  }

  /** `why` is null where the person wanted it so; otherwise she is told, and asked whether to go on. */
  #paused(why: FailureCode | null): void {
    const { state } = this;
    state.phase.value = 'paused';
    state.kept.value = why;
    if (why !== null) state.fault.value = null;
    // A pause ends when everything is safe, but for a disk that refused.
    if (why !== 'recorder.storage') state.unsafe.value = 0;
    if (this.#current) noteStop(this.#parts.preferences, this.#current.take, why);
    this.#showing.soon(why === null ? RESTS_AFTER : 0);
    this.#say(why === null ? 'record.says.paused' : 'record.says.kept');
  }

  #heard({ take, packets, peaks, part, total, safe }: Extract<RecorderHappening, { type: 'frames' }>): void {
    const current = this.#current;
    if (current?.take !== take) return;
    if (part && this.state.packets.value > 0) current.relay.part();
    current.relay.packets(packets);
    showFrames(this.state, peaks, total - safe);
    this.#begun();
  }

  #say(key: `record.says.${'started' | 'resumed' | 'paused' | 'kept'}` | `edit.says.${Edit['kind']}`): void {
    const { notices, words } = this.#parts;
    notices.announce(words.t(key, { length: words.spokenLength(this.state.seconds.value) }));
  }

  async #load(at: number): Promise<void> {
    const current = this.#current;
    if (!current || this.state.packets.value === 0) return;
    const { player, speaker, recorder } = this.#parts;
    player.pause();
    await speaker.load(fileOf(await (await recorder()).readTake(current.take)));
    speaker.speed(1);
    speaker.seek(at);
    this.state.position.value = at;
    this.state.phase.value = 'listening';
  }

  #silence(): void {
    this.#parts.speaker.unload();
    this.state.playing.value = false;
    this.state.position.value = 0;
  }

  #show(conversation: Id, mode: 'hold' | 'free', take: { readonly peaks: Uint8Array; readonly edits: readonly unknown[] }): void {
    const { state } = this;
    state.conversation.value = conversation;
    state.mode.value = mode;
    state.packetsStored.value = 0;
    state.unsafe.value = 0;
    state.fault.value = null;
    state.kept.value = null;
    state.position.value = 0;
    showTake(state, take);
  }

  #end(): void {
    this.#silence();
    this.#current = null;
    this.state.phase.value = 'idle';
    this.state.conversation.value = null;
  }
}

function healedKey(code: FailureCode): 'healed.microphone' | 'healed.recorder' | 'healed.sound' {
  if (code === 'recorder.interrupted') return 'healed.sound';
  return code.startsWith('mic.') ? 'healed.microphone' : 'healed.recorder';
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKnowledge } from '../knowledge/load.node.ts';
import { createSearch } from './search.ts';

/** Each symptom of the inventory by its row: its wording, and two other ways to say it, none of them copied from the knowledge. */
const told: readonly (readonly [row: number, wording: string, other: string, another: string])[] = [
  [9, 'You speak, lift your finger, and only then learn that it failed', 'It only tells me afterwards that nothing was recorded', 'I talked for a minute and when I let go it said it did not work'],
  [10, 'The microphone button animates but nothing is captured', 'The mic button moves as if it records, yet there is no sound in it', 'It looks like it is recording but the recording is empty'],
  [11, 'The waveform stays flat while I speak', 'The line does not move when I talk', 'flat line instead of waves when recording'],
  [12, 'The app stays silent when I try to record', 'I press record and nothing happens', 'It does not record at all after I denied the microphone'],
  [13, 'The microphone icon is greyed out or inactive', 'I cannot press the mic symbol, it is gray', 'the record button is disabled'],
  [14, 'Distorted or crackling audio in recordings', 'My voice messages crackle', 'there is static noise and distortion when I listen to what I recorded'],
  [15, 'The recording sounds muffled', 'My voice sounds dull, as if through cotton', 'people say I sound like I am under water, muffled'],
  [16, 'The recording cuts in and out', 'Pieces of what I said are missing in the recording', 'words drop out, there are gaps in my voice message'],
  [17, 'The app stutters or fails during recording', 'While I record the app gets jerky and stops', 'app lags while recording'],
  [18, 'The app crashes or hangs indefinitely while processing the audio', 'App freezes after I recorded a message', 'it closes by itself when I send a voice note'],
  [24, 'The orange dot is on, but the audio is silent', 'iPhone shows the orange point while recording yet I hear nothing', 'microphone indicator is lit and still no sound is recorded'],
  [48, 'Works in calls but is mute in voice messages', 'People hear me on the phone, but my voice messages are silent', 'calls are fine, recording voice notes has no sound'],
  [49, 'No sound at all in any app', 'I hear nothing from my phone, music neither', 'the loudspeaker is dead, no sound anywhere'],
  [50, 'In a call others cannot hear me although the speaker works', 'I hear them but they do not hear me', 'on the phone nobody can hear my voice'],
  [54, 'Video records sound, calls are silent', 'After I dropped the phone calls have no sound from me, but videos do', 'camera films with sound, in calls I am silent'],
  [66, 'Error or stuck message when the connection fluctuates', 'With bad reception the message gets stuck', 'messages fail when the internet comes and goes'],
  [67, 'It records fine but sending hangs forever', 'My voice message says sending for hours', 'the voice note will not send, the clock keeps spinning'],
  [99, 'Cannot Send Audio Message at This Time', 'It says that it cannot send the audio message right now', 'error message when sending a voice message: not possible at this time'],
  [136, 'The phone shows 0 GB available', 'My storage is at 99.9 percent', 'there is no free space left on my phone'],
  [137, 'The phone does not warn when storage is the reason', 'It fails without saying that memory is full', 'no warning, but the storage was full'],
  [192, 'The bubble shows Expired', 'It says that the voice message has expired', 'instead of the message I see the word expired'],
  [193, 'The bubble shows Not Available', 'It says the message is not available', 'voice message unavailable'],
  [194, 'The bubble vanished altogether, nothing is left', 'My voice message is gone', 'a message disappeared from the chat without a trace'],
  [229, 'Texts limp through, audio and attachments misbehave', 'Texts go, but voice messages and photos do not', 'only short texts get sent, nothing with an attachment'],
  [233, 'The message arrives late or half', 'My voice message came hours later', 'only half of my message arrived'],
  [235, 'Tap to play does nothing', 'I press play and nothing happens', 'a voice message I received does not play'],
]; // prettier-ignore

const knowledge = await loadKnowledge();
const search = createSearch(knowledge);

for (const [row, ...wordings] of told) {
  test(`[DOC5] the symptom of row ${row} is found among the first three, in its wording and in two others`, () => {
    const meant = new Set(knowledge.symptoms.filter(({ rows }) => rows.includes(row)).map(({ id }) => id));
    for (const wording of wordings) {
      const found = search(wording, { limit: 3 }).map(({ id }) => id);
      assert.ok(found.some((id) => meant.has(id)), `"${wording}" finds ${found.join(', ')} and not ${[...meant].join(', ')}`);
    }
  });
}

test('[DOC5] in German as well', () => {
  const german: readonly (readonly [row: number, wording: string])[] = [
    [11, 'Die Welle bleibt flach, wenn ich spreche'],
    [15, 'Meine Stimme klingt ganz dumpf'],
    [67, 'Meine Sprachnachricht hängt beim Senden'],
    [136, 'Auf meinem Handy ist kein Speicherplatz mehr frei'],
    [194, 'Meine Sprachnachricht ist verschwunden'],
  ];
  for (const [row, wording] of german) {
    const found = search(wording, { limit: 3 }).map(({ id }) => id);
    assert.ok(knowledge.symptoms.some(({ id, rows }) => rows.includes(row) && found.includes(id)), `"${wording}" finds ${found.join(', ')}`);
  }
});

test('[DOC5] somebody who searches for a factory reset finds the warning against it', () => {
  for (const query of ['factory reset', 'auf Werkseinstellungen zurücksetzen']) {
    const [first] = search(query);
    const fact = knowledge.facts.find(({ id }) => id === first?.id);
    assert.equal(fact?.kind, 'warning', `${query} finds ${first?.id ?? 'nothing'}`);
  }
});

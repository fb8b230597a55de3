import { seededRandom } from '@earshot/base/random.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaptureFacts, Judgement } from './judgement.ts';
import { Sentinel } from './sentinel.ts';

const RATE = 48_000;
type Sound = Float32Array<ArrayBuffer>;

/** Something with the measures of speech: syllables of a buzz and of a hiss, over a room. Its level is that of the loudest syllables. */
function voice(seconds: number, decibels: number, roomDb = -90, rate = RATE): Sound {
  const random = seededRandom(7);
  const [loud, soft] = [10 ** (decibels / 20), 10 ** (roomDb / 20)];
  return Float32Array.from({ length: seconds * rate }, (_, at) => {
    const time = at / rate;
    const envelope = Math.max(0, Math.sin(2 * Math.PI * 3 * time)) ** 2;
    const buzz = [1, 2, 3, 5, 8, 13, 21].reduce((sum, partial) => sum + Math.sin(2 * Math.PI * 150 * partial * time) / partial, 0);
    return loud * envelope * (0.6 * buzz + 0.4 * (random.fraction() - 0.5)) + soft * (random.fraction() - 0.5) * 3.4;
  });
}

function nobody(seconds: number, decibels: number): Sound {
  return voice(seconds, -200, decibels);
}

class Listening {
  readonly sentinel: Sentinel;
  readonly said: Judgement[] = [];
  readonly facts: { -readonly [Name in keyof CaptureFacts]: CaptureFacts[Name] };
  readonly #rate: number;

  constructor(rate = RATE) {
    this.#rate = rate;
    this.sentinel = new Sentinel(rate);
    this.facts = { clock: 0, muted: false, deviceRate: rate, deviceLabel: 'Microphone', stages: { captured: 0, encoded: 0, written: 0, sent: null } };
  }

  get kinds(): string[] {
    return this.said.map(({ kind, until }) => (until === null ? kind : `${kind} ends`));
  }

  hear(sound: Sound, arriving = 1): this {
    const piece = (this.#rate / 10) * arriving;
    for (let at = 0; at < sound.length; at += piece) {
      this.sentinel.push(sound.subarray(at, at + piece));
      this.wait(100);
    }
    return this;
  }

  /** The clock goes on, and nothing comes. */
  wait(milliseconds: number, looks = 1): this {
    for (let look = 0; look < looks; look += 1) {
      this.facts.clock += milliseconds;
      this.said.push(...this.sentinel.look(this.facts));
    }
    return this;
  }
}

function joined(...sounds: Sound[]): Sound {
  return Float32Array.from(sounds.flatMap((sound) => Array.from(sound)));
}

test('[SENT4] what was named ends when it is over, once, and says from where to where it was', () => {
  const heard = new Listening().hear(joined(voice(3, -30), new Float32Array(3 * RATE), voice(3, -30)));
  assert.deepEqual(heard.kinds, ['digital-zero', 'digital-zero ends']);
  const ended = heard.said[1];
  assert.ok(ended !== undefined && ended.until !== null);
  assert.ok(Math.abs(ended.from - 3) < 0.2 && Math.abs(ended.until - 6) < 0.3, `${ended.from} to ${ended.until}`);
  assert.deepEqual(heard.sentinel.open, []);
});

test('[SENT1] a noise gate that delivers zeros between words is no dead microphone and no drop-out, until it lasts long', () => {
  const word = voice(1, -30);
  const gated = Float32Array.from(word, (sample, at) => sample * Math.min(1, (word.length - at) / 9_600));
  const pause = (seconds: number): Sound => new Float32Array(seconds * RATE);
  const heard = new Listening().hear(joined(gated, pause(0.4), gated, pause(0.6), gated, pause(5), gated));
  assert.deepEqual(heard.kinds, []);
  assert.deepEqual(heard.sentinel.takeGaps(), []);
  assert.deepEqual(heard.hear(pause(12)).kinds, ['digital-zero']);
});

test('[SENT1] a thread that stood still, and the frames that waited for it, are no gap and no wrong rate', () => {
  const heard = new Listening().hear(voice(3, -30));
  heard.facts.clock += 5_000;
  heard.wait(0);
  heard.sentinel.push(voice(5, -30));
  heard.hear(voice(4, -30));
  assert.deepEqual(heard.kinds, []);
  assert.deepEqual(heard.sentinel.takeGaps(), []);
});

test('[SENT1] deliveries that come in bundles of a quarter of a second are healthy', () => {
  const heard = new Listening();
  const sound = voice(0.25, -30);
  for (let bundle = 0; bundle < 40; bundle += 1) {
    heard.wait(83, 2).wait(84);
    heard.sentinel.push(sound);
  }
  assert.deepEqual(heard.kinds, []);
});

test('[SENT2] 44.1 kHz as if it were 48 kHz is a wrong rate, with what was measured', () => {
  const heard = new Listening().hear(voice(6, -30), 44.1 / 48);
  assert.deepEqual(heard.kinds, ['wrong-rate']);
  assert.equal(heard.said[0]?.evidence['nearestHz'], 44_100);
});

test('[SENT1] contexts of other rates are judged in the same way', () => {
  for (const rate of [16_000, 44_100, 96_000]) assert.deepEqual(new Listening(rate).hear(voice(4, -35, -90, rate)).kinds, [], `${rate} Hz`);
  assert.deepEqual(new Listening(16_000).hear(voice(4, -70, -95, 16_000)).kinds, ['quiet']);
});

test('[SENT2] a gap is marked where it is, to 50 ms, and one lost frame is marked and not named', () => {
  const sound = voice(6, -30);
  const at = Math.round(2.08 * RATE);
  sound.fill(0, at, at + 0.4 * RATE);
  const heard = new Listening().hear(sound);
  assert.deepEqual(heard.kinds, ['drop-outs', 'drop-outs ends'].slice(0, heard.kinds.length));
  const [gap, ...more] = heard.sentinel.takeGaps();
  assert.ok(gap !== undefined && more.length === 0);
  assert.ok(Math.abs(gap.at - at / RATE) < 0.05 && Math.abs(gap.milliseconds - 400) < 50, JSON.stringify(gap));

  const once = new Listening().hear(voice(2, -30));
  once.sentinel.push(new Float32Array(0), 960);
  assert.deepEqual(once.hear(voice(2, -30)).kinds, []);
  assert.deepEqual(once.sentinel.takeGaps(), [{ at: 2, milliseconds: 20 }]);
});

test('[SENT2] a voice that becomes too soft in mid-take is named after some seconds of it; a pause is not', () => {
  assert.deepEqual(new Listening().hear(joined(voice(3, -30), nobody(12, -75))).kinds, []);
  const heard = new Listening().hear(joined(voice(3, -30), voice(20, -64)));
  assert.deepEqual(heard.kinds, ['quiet']);
  assert.deepEqual(heard.hear(voice(2, -30)).kinds, ['quiet', 'quiet ends']);
});

test('[SENT2] nothing but a quiet room is said after eight seconds, and not while somebody thinks for five', () => {
  assert.deepEqual(new Listening().hear(joined(nobody(5, -70), voice(3, -40))).kinds, []);
  const heard = new Listening().hear(nobody(9, -70));
  assert.deepEqual(heard.kinds, ['background']);
  assert.deepEqual(heard.hear(voice(2, -40)).kinds, ['background', 'background ends']);
});

test('[SENT1] a microphone that wakes up with a ramp, and a loud room, are no voice that is too soft', () => {
  const waking = nobody(5, -70).map((sample, at) => sample * Math.min(1, (at / 9_600) ** 2));
  assert.deepEqual(new Listening().hear(waking).kinds, []);
  assert.deepEqual(new Listening().hear(nobody(40, -45)).kinds, []);
});

test('[SENT4] a cause hides its consequences: a muted microphone is not also silent, and its frames are not missed', () => {
  const heard = new Listening().hear(voice(2, -30));
  heard.facts.muted = true;
  heard.hear(new Float32Array(3 * RATE)).wait(100, 20);
  assert.deepEqual(heard.kinds, ['muted']);
  heard.facts.muted = false;
  heard.hear(voice(3, -30));
  assert.deepEqual(heard.kinds, ['muted', 'muted ends']);
});

test('[SENT2] a disk that stands still for longer than a second is named with its stage, and a short stop is not', () => {
  const run = (from: number, to: number): Listening => {
    const heard = new Listening();
    let written = 0;
    for (let packets = 5; packets <= 250; packets += 5) {
      if (packets < from || packets > to) written = packets;
      heard.facts.stages = { captured: packets * 960, encoded: packets, written, sent: written };
      heard.hear(voice(0.1, -30));
    }
    return heard;
  };
  assert.deepEqual(run(50, 90).kinds, []);
  assert.deepEqual(run(50, 150).kinds, ['pipeline', 'pipeline ends']);
  assert.equal(run(50, 150).said[0]?.evidence['stage'], 'written');
});

test('[SENT3] what is no number counts as silence, and how the samples are cut does not matter', () => {
  const sound = voice(3, -30);
  const whole = new Listening();
  whole.sentinel.push(sound);
  const cut = new Listening();
  for (let at = 0; at < sound.length; at += 127) cut.sentinel.push(sound.subarray(at, at + 127));
  assert.deepEqual(cut.sentinel.look(cut.facts), whole.sentinel.look(whole.facts));
  assert.deepEqual(new Listening().hear(new Float32Array(3 * RATE).fill(Number.NaN)).kinds, ['digital-zero']);
  assert.throws(() => new Sentinel(1_000));
});

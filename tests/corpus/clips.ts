import type { Random } from '@earshot/base/random.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { amplitude, atLevel, in16Bits, joined, meanSquare, mixed, RATE, room, silence, softened, speechLevel } from './sound.ts';
import type { Sound } from './sound.ts';
import type { Voice } from './sources.ts';

/** How somebody speaks: without stopping, with pauses for thought, or thinking first. */
export type Manner = 'fluent' | 'hesitant' | 'late';

export interface Clip {
  readonly name: string;
  readonly manner: Manner;
  /** Hz: above this the source has nothing. */
  readonly edgeHz: number;
  /** dBFS, of the speech without its pauses. */
  readonly levelDb: number;
  /** 48 kHz, in 16 bits, as a converter gives it. */
  readonly sound: Sound;
}

const MANNERS: readonly Manner[] = ['fluent', 'hesitant', 'late', 'hesitant'];
/** Two in three are as quiet as speech across a table. */
const LEVELS_DB = [-40, -33, -40];
/** The room under a voice: from a quiet bedroom to a kitchen. dB below the voice. */
const ROOMS_DB = [-38, -30, -45, -24, -34];
const LIMIT_SECONDS = 10;
const CLIPS_OF_A_VOICE = 8;
const SENTENCE_SECONDS = 2.5;
/** Samples: 100 ms, the shortest pause that `spoken` leaves out being two of them. */
const PAUSE_FRAME = 4_800;

/** At least a hundred clips of 2 to 10 seconds; the same ones each time. */
export function clips(voices: readonly Voice[]): Clip[] {
  return voices.flatMap((voice, number) => Array.from({ length: CLIPS_OF_A_VOICE }, (_, at) => clip(voice, number * CLIPS_OF_A_VOICE + at, at)));
}

function clip(voice: Voice, number: number, at: number): Clip {
  const random = seededRandom(number);
  const manner = MANNERS[at % MANNERS.length] ?? 'fluent';
  const levelDb = LEVELS_DB[number % LEVELS_DB.length] ?? -40;
  const roomDb = levelDb + (ROOMS_DB[number % ROOMS_DB.length] ?? -34);
  const said = atLevel(speak(voice, manner, at, random), levelDb);
  // The room of a narrow source is narrow as well, so it is exempt from that one judgement.
  const sound = in16Bits(mixed(said, room(said.length, roomDb, random)));
  return { name: `${voice.name}, ${manner} ${at + 1}, ${levelDb} dBFS`, manner, edgeHz: voice.edgeHz, levelDb, sound };
}

function speak(voice: Voice, manner: Manner, at: number, random: Random): Sound {
  const said = voice.whole ? sentence(voice, manner, at, random) : words(voice, manner, at, random);
  const whole = manner === 'late' ? joined([silence(1 + 4 * random.fraction()), said]) : said;
  return whole.slice(0, LIMIT_SECONDS * RATE);
}

/** Words one after another; a hesitant person thinks for 1 to 5 seconds between some of them. */
function words({ pieces }: Voice, manner: Manner, at: number, random: Random): Sound {
  const said: Sound[] = [];
  for (let word = 0; word < 6; word += 1) {
    const piece = pieces[(at * 5 + word) % pieces.length];
    if (piece === undefined) continue;
    const thinks = manner === 'hesitant' && word % 2 === 1;
    said.push(softened(piece), silence(thinks ? 1 + 4 * random.fraction() : 0.05 + 0.25 * random.fraction()));
  }
  return joined(said);
}

/** A sentence as it was recorded; a hesitant person stops in the middle of it. */
function sentence({ pieces }: Voice, manner: Manner, at: number, random: Random): Sound {
  const said: Sound[] = [];
  for (let length = 0, next = at; length < SENTENCE_SECONDS * RATE; next += 1) {
    const piece = pieces[next % pieces.length] ?? silence(1);
    said.push(softened(piece));
    length += piece.length;
  }
  const whole = joined(said);
  if (manner !== 'hesitant') return whole;
  const middle = Math.round(whole.length * (0.3 + 0.4 * random.fraction()));
  return joined([softened(whole.slice(0, middle)), silence(1 + 4 * random.fraction()), softened(whole.slice(middle))]);
}

/** At least so many seconds of the clip with a voice in them, without its pauses: "while the person speaks". */
export function spoken({ sound }: Clip, seconds: number): Sound {
  const limit = amplitude(speechLevel(sound) - 16);
  const frames = Array.from({ length: Math.floor(sound.length / PAUSE_FRAME) }, (_, at) => sound.subarray(at * PAUSE_FRAME, (at + 1) * PAUSE_FRAME));
  const voiced = frames.map((frame) => meanSquare(frame) > limit * limit);
  const kept = frames.filter((_, at) => voiced.slice(Math.max(0, at - 1), at + 2).includes(true)).map((frame) => frame.slice());
  const once = joined(kept);
  const times = Math.ceil((seconds * RATE) / once.length);
  return joined(Array.from({ length: times }, () => once)).slice(0, seconds * RATE);
}

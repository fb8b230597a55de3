import * as v from 'valibot';
import { limits } from './limits.ts';
import { expirySeconds } from './retention.ts';
import { byteCount, id, name, sha256Hex, time } from './wire.ts';

/**
 * What is inside an event, readable by members only. Unknown fields are kept by older clients; an unknown `kind` is shown as
 * `event.unreadable` and never dropped.
 */

/** One part of a take: the blob at the same place in the envelope's list. */
export const messagePart = v.object({
  /** Opus packets in this part, 20 ms each. */
  packets: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Bytes of the part before sealing. */
  bytes: byteCount,
  /** What opens the blob, in base64url: 32 random bytes. */
  key: v.pipe(v.string(), v.maxLength(64)),
  /** The recording of this part was cut off: its last record does not say that it is the last. Length and hash in the envelope say where it ends. */
  cut: v.optional(v.literal(true)),
});
export type MessagePart = v.InferOutput<typeof messagePart>;

export const messageBody = v.object({
  kind: v.literal('message'),
  parts: v.pipe(v.array(messagePart), v.minLength(1)),
  /** Samples at 48 kHz that the speaker made, pre-skip and final padding not counted. */
  samples: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Samples at 48 kHz to drop at the start of decoding. */
  preSkip: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  /** SHA-256 of the Ogg Opus file rebuilt from the parts: the hash of the message. */
  sha256: sha256Hex,
  /** Peaks, at most 256 bytes in base64url (see the audio room for their scale). */
  waveform: v.pipe(v.string(), v.maxLength(344)),
  /** Where it came from: spoken, an existing file with its name, or another message that was said on, with its first speaker where she may be known. */
  source: v.variant('from', [
    v.object({ from: v.literal('microphone') }),
    v.object({ from: v.literal('file'), name: v.pipe(v.string(), v.maxLength(255)) }),
    v.object({
      from: v.literal('forward'),
      message: id,
      /** Of the file that it came from. */
      name: v.nullable(v.pipe(v.string(), v.maxLength(255))),
      said: v.optional(v.object({ by: id, at: time })),
    }),
  ]),
});
export type MessageBody = v.InferOutput<typeof messageBody>;

/** The person has really played the message (its event is in the envelope's `refers`). `seconds` were played. */
export const heardBody = v.object({ kind: v.literal('heard'), seconds: v.pipe(v.number(), v.minValue(0)) });
export type HeardBody = v.InferOutput<typeof heardBody>;

export const titleBody = v.object({ kind: v.literal('title'), title: name });
export type TitleBody = v.InferOutput<typeof titleBody>;

/** In the person's own log only: a setting of one conversation, the last one counts. */
export const settingBody = v.object({ kind: v.literal('setting'), log: id, muted: v.boolean() });
export type SettingBody = v.InferOutput<typeof settingBody>;

/** In the person's own log only: she compared the safety number with somebody, who had this identity then. */
export const comparedBody = v.object({ kind: v.literal('compared'), person: id, identity: sha256Hex });

/** In the person's own log only: somebody has this identity now, and she believes that it is her, though nothing that was known vouches for it. */
export const acceptedBody = v.object({ kind: v.literal('accepted'), person: id, identity: sha256Hex });

/**
 * In the person's own log only: where she stopped in messages (0: at its beginning or end) and how fast she listens to whom.
 * For each message and each person the last one counts.
 */
export const listeningBody = v.object({
  kind: v.literal('listening'),
  places: v.pipe(v.array(v.object({ message: id, seconds: v.pipe(v.number(), v.minValue(0)) })), v.maxLength(limits.listeningPerEvent)),
  speeds: v.pipe(v.array(v.object({ person: id, speed: v.pipe(v.number(), v.minValue(0.5), v.maxValue(3)) })), v.maxLength(limits.listeningPerEvent)),
});
export type ListeningBody = v.InferOutput<typeof listeningBody>;

/** In the person's own log only: what she finds a message by. Of one message the last one counts; an empty text takes it away. */
export const wordsBody = v.object({ kind: v.literal('words'), message: id, words: v.pipe(v.string(), v.maxLength(limits.wordsLength)) });
export type WordsBody = v.InferOutput<typeof wordsBody>;

/**
 * In the person's own log only: what was said and not sent yet, for her other devices. The envelope names its blobs. Of one take the
 * last one counts; removing it says that the take was discarded, unless another one came before.
 */
export const draftBody = v.object({
  kind: v.literal('draft'),
  /** Id of the message that sending it makes, on whichever device. */
  take: id,
  conversation: id,
  /** When it began, by the clock of the device that recorded it. */
  made: time,
  /** What that device is called. */
  device: name,
  /** Which one it is, where another one shows it. */
  recorded: v.optional(id),
  /** The body of that message. */
  message: messageBody,
});
export type DraftBody = v.InferOutput<typeof draftBody>;

/**
 * The body of `create`, `members` (but of leaving, which is `plain`) and `key`: who belongs to the conversation after it, signed by the one who says so. Clients seal to
 * whom this says, never to whom the server says.
 */
export const rosterBody = v.object({
  kind: v.literal('roster'),
  members: v.pipe(v.array(v.object({ person: id, role: v.picklist(['owner', 'member']) })), v.maxLength(limits.membersPerConversation)),
  /** Hash of the roster event before this one (see `hashedBytes`); null at `create`. */
  previous: v.nullable(sha256Hex),
  /** How things stand, for whoever reads from here on: she never sees the events that said so. Others go by it only where they were never told. */
  title: v.optional(name),
  /** As `expiry` says it; absent: nobody did. */
  expiry: v.optional(v.nullable(expirySeconds)),
});
export type RosterBody = v.InferOutput<typeof rosterBody>;

/** What is sent into this conversation expires so many seconds after it was heard; null: never. In the person's own log: into all where nothing else was said. The last one counts. */
export const expiryBody = v.object({ kind: v.literal('expiry'), seconds: v.nullable(expirySeconds) });
export type ExpiryBody = v.InferOutput<typeof expiryBody>;

/**
 * In the person's own log only: she deleted a message for herself, or brought it back. Of one message the last one counts. `forGood`: it does not
 * rest, or no longer.
 */
export const hiddenBody = v.object({ kind: v.literal('hidden'), log: id, message: id, hidden: v.boolean(), forGood: v.optional(v.literal(true)) });
export type HiddenBody = v.InferOutput<typeof hiddenBody>;

/** In the person's own log only: one of her devices looks for the sound of a message, and asks her others. */
export const seekBody = v.object({ kind: v.literal('seek'), log: id, message: id });
export type SeekBody = v.InferOutput<typeof seekBody>;

/** In the person's own log only: what a device found when it was asked. When it had the sound, the server has it again. */
export const soughtBody = v.object({ kind: v.literal('sought'), seek: id, message: id, found: v.boolean() });
export type SoughtBody = v.InferOutput<typeof soughtBody>;

/** The body of `answer`. `found`: whoever answers has the sound, and the server has it again. */
export const answerBody = v.object({ kind: v.literal('answer'), found: v.boolean() });
export type AnswerBody = v.InferOutput<typeof answerBody>;

/** The body of `chain`: the ephemeral chain that begins with it. */
export const chainBody = v.object({ kind: v.literal('chain'), chain: id });
export type ChainBody = v.InferOutput<typeof chainBody>;

/** The body of `keep` of one message whose key was to vanish: what that message said, for everybody who has the conversation's key, from now on. */
export const keptBody = v.object({ kind: v.literal('kept'), message: messageBody });
export type KeptBody = v.InferOutput<typeof keptBody>;

/** The body of `remove`, `restore`, `keep`, `ask` and of leaving: all it says is on the outside. */
export const plainBody = v.object({ kind: v.literal('plain'), title: v.optional(name) });
export type PlainBody = v.InferOutput<typeof plainBody>;

export const body = v.variant('kind', [messageBody, heardBody, titleBody, settingBody, comparedBody, acceptedBody, listeningBody, wordsBody, draftBody, expiryBody, hiddenBody, seekBody, soughtBody, answerBody, rosterBody, chainBody, keptBody, plainBody]);
export type Body = v.InferOutput<typeof body>;

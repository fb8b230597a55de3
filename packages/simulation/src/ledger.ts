import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';

/** What a person means to say: in the recorder's journal, so that no crash takes it away. */
export interface Take {
  readonly id: string;
  readonly device: string;
  readonly person: string;
  readonly conversation: string;
  readonly packets: readonly Uint8Array[];
  readonly preSkip: number;
  readonly samples: number;
  /** Seconds after it was heard until it ends, null for never, as chosen for it; undefined: as is in force in the conversation. */
  readonly expiry?: number | null | undefined;
  /** What will become of it in the end. */
  readonly fate: 'send' | 'cancel' | 'draft';
  /** Who works on it at the moment. */
  driver: Life | null;
  /** Somebody decided to send it; whether that took effect is known once it resolved. */
  sending: boolean;
  /** By the ledger's own count of moments: when sending it was first asked for, and when that was first confirmed. */
  sendBegan: number | null;
  sent: number | null;
  /** Somebody asked to give it up, or to take it back. */
  cancelling: boolean;
  /** It was confirmed that nobody will see it. */
  cancelled: boolean;
  /** It was confirmed that it is taken back for everyone. */
  removed: boolean;
}

/** What somebody asked for about a message. `at`: by the server's clock. */
export interface Wish {
  readonly person: string;
  readonly message: string;
  readonly what: 'hide' | 'let-go' | 'remove' | 'restore' | 'keep';
  readonly at: number;
  /** It was confirmed. */
  done: boolean;
  /** The event with which her own log says so, where it was seen on its way. */
  event?: string;
  /** When the server heard that event; absent: that is not known. */
  heard?: number;
}

/** What everybody did and was told. The world is checked against it. */
export class Ledger {
  readonly takes = new Map<string, Take>();
  /** `person message`: was asked for, was confirmed. */
  readonly hearing = new Set<string>();
  readonly heard = new Set<string>();
  /** Conversations that somebody made, by id. */
  readonly conversations = new Set<string>();
  /** `person conversation` of those who asked to leave, and when, by the server's clock. */
  readonly left = new Map<string, number>();
  readonly wishes: Wish[] = [];
  /** `person conversation message` of what was to be said on. */
  readonly forwards = new Set<string>();
  #moment = 0;

  moment(): number {
    this.#moment += 1;
    return this.#moment;
  }
}

export function planTake(dice: Dice, on: Pick<Take, 'id' | 'device' | 'person' | 'conversation'>): Take {
  const length = dice.chance(0.6) ? dice.int(1, 40) : dice.chance(0.8) ? dice.int(20, 300) : dice.int(300, 1500);
  const packets = Array.from({ length }, () => packetOf(dice));
  const preSkip = length > 4 && dice.chance(0.1) ? 3_840 : 312;
  const thrown = dice.fraction();
  const fate = thrown < 0.85 ? 'send' : thrown < 0.96 ? 'cancel' : 'draft';
  return { ...on, packets, preSkip, samples: length * 960 - preSkip, fate, driver: null, sending: false, sendBegan: null, sent: null, cancelling: false, cancelled: false, removed: false };
}

/** One frame of 20 ms, mono; the simulation never decodes it. */
function packetOf(dice: Dice): Uint8Array {
  const packet = dice.bytes(dice.int(2, dice.chance(0.1) ? 160 : 60));
  packet[0] = 0x78;
  return packet;
}

/** Each is compared with what every device plays. */
const files = new WeakMap<Take, Uint8Array>();

/** The file that everybody has to get. */
export function fileOf(take: Take): Uint8Array {
  const { packets, preSkip, samples } = take;
  const known = files.get(take) ?? writeOggOpus({ packets: [...packets], preSkip, samples });
  files.set(take, known);
  return known;
}

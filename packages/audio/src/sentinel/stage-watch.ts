import type { StageCounters } from './judgement.ts';
import { STAGE_BEHIND_MS, STAGE_PATIENCE_MS } from './limits.ts';

const PACKET_MS = 20;

type Stage = 'encoded' | 'written' | 'sent';

export interface Loss {
  /** The stage that does not take what the one before gives it. */
  readonly stage: Stage;
  readonly behindMs: number;
}

/** Compares the counters of the stages: what one has taken in, the next must have soon. */
export class StageWatch {
  readonly #rate: number;
  /** The least by which each stage has been behind since the first look, ms: what was lost before is not lost now. */
  readonly #least: Record<Stage, number> = { encoded: Infinity, written: Infinity, sent: Infinity };
  readonly #since: Record<Stage, number> = { encoded: 0, written: 0, sent: 0 };

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** `span`: milliseconds since the look before. */
  look(counters: StageCounters, span: number): Loss | null {
    const behind = this.#behind(counters);
    let loss: Loss | null = null;
    for (const stage of ['sent', 'written', 'encoded'] as const) {
      this.#least[stage] = Math.min(this.#least[stage], behind[stage]);
      const behindMs = Math.round(behind[stage] - this.#least[stage]);
      this.#since[stage] = behindMs > STAGE_BEHIND_MS ? this.#since[stage] + span : 0;
      // The earliest stage is the cause: what comes after it waits for it.
      if (this.#since[stage] >= STAGE_PATIENCE_MS) loss = { stage, behindMs };
    }
    return loss;
  }

  #behind({ captured, encoded, written, sent }: StageCounters): Record<Stage, number> {
    return {
      encoded: (captured * 1_000) / this.#rate - encoded * PACKET_MS,
      written: (encoded - written) * PACKET_MS,
      sent: sent === null ? 0 : (written - sent) * PACKET_MS,
    };
  }
}

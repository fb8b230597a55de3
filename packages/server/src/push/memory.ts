import type { Push, PushAddress, PushAnswer } from './push.ts';

/** Push services that are not there: wakes are written down, and answered as a test says. */
export class MemoryPush implements Push {
  readonly woken: string[] = [];
  answer: PushAnswer = { kind: 'accepted' };

  wake({ endpoint }: PushAddress): Promise<PushAnswer> {
    if (this.answer.kind === 'accepted') this.woken.push(endpoint);
    return Promise.resolve(this.answer);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

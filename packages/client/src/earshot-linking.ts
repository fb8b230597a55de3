import type { Id } from '@earshot/base/ids.ts';

/**
 * Letting a new device in from one that is in: by a code that the new one scans, or by comparing seven digits. Each way has ten minutes; all
 * reject with `link.expired` when they are over, aborted or refused, and with `server.misbehaves` when somebody changed something on the way.
 */
export interface LinkingFace {
  /** On a device that is in. `code` belongs into a picture or the fragment of a link; `admitted` resolves once a device that has it is in. */
  offer(signal?: AbortSignal): Promise<{ code: string; expires: number; admitted(): Promise<{ device: Id }> }>;
  /** On a new device, signed in or not: with a code that another device shows. Afterwards it reads everything. */
  accept(input: { code: string; deviceName: string; signal?: AbortSignal }): Promise<void>;
  /** On a new device that is signed in: resolves when another device answers. `same`: the person saw the same digits there; resolves when this device is let in. */
  ask(signal?: AbortSignal): Promise<{ digits: string; expires: number; same(): Promise<void> }>;
  /** On a device that is in: those of one's devices that ask. */
  asking(): Promise<{ link: Id; device: Id; name: string; expires: number }[]>;
  /** Answers one. `same`: the person saw the same digits there; lets it in. */
  compare(link: Id, signal?: AbortSignal): Promise<{ digits: string; same(): Promise<void> }>;
  /** The digits differ, or nobody wants it in any more. */
  refuse(link: Id): Promise<void>;
}

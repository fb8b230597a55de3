import { Failure } from '@earshot/protocol/failures.ts';

/** A part of the app that is fetched when it is needed. Rejects with `network.offline`, or with `network.unreachable` where something else answers. */
export async function fetchPart(address: string): Promise<ArrayBuffer> {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Failure('network.unreachable', { file: address, status: answer.status });
    return await answer.arrayBuffer();
  } catch (error) {
    throw error instanceof Failure ? error : new Failure('network.offline', { file: address }, { cause: error });
  }
}

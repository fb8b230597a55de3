import { Failure } from '@earshot/protocol/failures.ts';

/** The worker of an encoder, from its own file. Fetched first: a worker that does not come says nothing of why. Rejects with `network.offline`. */
export async function openEncoder(address: string): Promise<Worker> {
  const answer = await fetch(address).catch((cause: unknown) => {
    throw new Failure('network.offline', { file: address }, { cause });
  });
  if (!answer.ok) throw new Failure('network.unreachable', { file: address, status: answer.status });
  await answer.arrayBuffer();
  return new Worker(address);
}

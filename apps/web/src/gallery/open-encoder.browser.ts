import { fetchPart } from '../files/fetch-part.ts';

/** The worker of an encoder, from its own file. Fetched first: a worker that does not come says nothing of why. */
export async function openEncoder(address: string): Promise<Worker> {
  await fetchPart(address);
  return new Worker(address);
}

import type { Id } from '@earshot/base/ids.ts';
import { copyOwner, type CopyReader, OWNER, parseLines } from './copy-format.ts';
import { isDamage } from './sound-of.ts';

/** Whether a copy is hers, and not somebody else's or a server's. What cannot be read of it says nothing against her. */
export async function isOf(reader: CopyReader, person: Id): Promise<boolean> {
  try {
    if (!(await reader.paths()).includes(OWNER)) return false;
    const [owner] = parseLines(copyOwner, await reader.read(OWNER), OWNER);
    return owner === undefined || owner.person === person;
  } catch (error) {
    if (isDamage(error)) return true;
    throw error;
  }
}

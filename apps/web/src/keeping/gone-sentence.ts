import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import type { KeepingWordKey } from '../words/keeping-en.ts';

/** What is said in the place of a message that is gone, to whoever looks at it. */
export function goneSentence({ removed, mine }: Pick<Message, 'removed' | 'mine'>, me: Id | undefined): KeepingWordKey {
  switch (removed?.rule) {
    case undefined:
      return 'goneHidden';
    case 'removed':
      return mine ? 'goneRemovedMine' : 'goneRemoved';
    case 'expired':
      return mine ? 'goneExpiredMine' : 'goneExpired';
    case 'let-go':
      // Others may hold what this person let go.
      if (removed?.by === me) return mine ? 'goneLetGoOwn' : 'goneLetGo';
      return mine ? 'goneLetGoMine' : 'goneNobody';
    case 'account-deleted':
      return 'goneAccount';
  }
}

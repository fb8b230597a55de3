import { computed, effect, untracked } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Session } from '../account/session.ts';
import type { Importing } from '../files/importing.ts';
import type { Player } from '../playing/player.ts';
import type { DraftShelf } from '../recording/draft-shelf.ts';
import type { Elsewhere } from '../recording/elsewhere.ts';
import type { Recording } from '../recording/recording.ts';
import type { Sheets } from './app.ts';
import type { Notices } from './notices.ts';

interface Parts {
  readonly session: Pick<Session, 'who'>;
  readonly sheets: Pick<Sheets, 'close'>;
  readonly notices: Pick<Notices, 'dismiss'>;
  readonly player: Pick<Player, 'leave'>;
  readonly recording: Pick<Recording, 'leave'>;
  readonly importing: Pick<Importing, 'leave'>;
  readonly drafts: Pick<DraftShelf, 'open'>;
  readonly elsewhere: Pick<Elsewhere, 'open'>;
}

/** What is one person's goes from this page with her, in whichever window she signed out and whoever comes next; what is the next one's comes. */
export function followPerson({ session: { who }, sheets, notices, player, recording, importing, drafts, elsewhere }: Parts): void {
  const person = computed(() => (who.value === undefined ? undefined : who.value?.locked === false ? who.value.person : null));
  let before: Id | null = null;
  effect(() => {
    const now = person.value;
    if (now === undefined) return;
    // Only another person makes this happen again, and nothing that is looked at on the way.
    untracked(() => {
      if (before !== null) {
        sheets.close();
        notices.dismiss();
        player.leave();
        // Whoever signs out while speaking has what was said as a draft.
        recording.leave();
        importing.leave();
      }
      before = now;
      drafts.open(now !== null);
      elsewhere.open(now !== null);
    });
  });
}

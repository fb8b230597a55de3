import type { Player } from './player.ts';

/** What somebody may stop looking at, or leave. */
export type Page = Pick<Window, 'addEventListener'> & { readonly document: Pick<Document, 'addEventListener' | 'visibilityState'> };

/** A page out of sight may be ended without another word. */
export function keepOnLeaving(player: Pick<Player, 'keep'>, page: Page): void {
  page.document.addEventListener('visibilitychange', () => {
    if (page.document.visibilityState === 'hidden') player.keep();
  });
  page.addEventListener('pagehide', () => player.keep());
}

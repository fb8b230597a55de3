import type { ComponentChildren, JSX } from 'preact';
import { Mark } from '../shell/icons.tsx';

/** A page outside of the app, for one thing that comes first: coming in, or keeping the code. `lead`: what is to be known before it is done. */
export function Door({ title, lead, children }: { title: string; lead: string | null; children: ComponentChildren }): JSX.Element {
  return (
    <main class="door">
      <div class="door-card">
        <div class="door-head">
          <Mark size={56} />
          <h1>{title}</h1>
          {lead === null ? null : <p class="soft">{lead}</p>}
        </div>
        {children}
      </div>
    </main>
  );
}

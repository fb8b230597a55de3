import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { Link } from '../shell/link.tsx';
import { Mark } from '../shell/icons.tsx';

/** Where somebody arrives who deleted her account. */
export function FarewellView(): JSX.Element {
  const { words } = useApp();
  return (
    <main class="door">
      <div class="empty">
        <Mark size={72} />
        <h1>{words.t('farewell.title')}</h1>
        <p>{words.t('farewell.text')}</p>
        <Link to={{ at: 'sign-in' }} class="button">{words.t('farewell.signIn')}</Link>
      </div>
    </main>
  );
}

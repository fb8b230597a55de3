import { type ComponentType, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useApp } from './app.ts';
import { Problem } from './common.tsx';

/**
 * A view whose script is fetched when it is first drawn: what a person needs before she can speak stays small. Once the service
 * worker keeps the app, it comes from this device.
 */
export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let view: ComponentType<P> | null = null;
  return function Lazily(props: P): JSX.Element | null {
    const [state, setState] = useState<'loading' | 'ready' | 'missing'>(view === null ? 'loading' : 'ready');
    useEffect(() => {
      if (view !== null) return;
      let drawn = true;
      const show = (next: 'ready' | 'missing'): void => void (drawn && setState(next));
      load().then((loaded) => {
        view = loaded;
        show('ready');
      }, () => show('missing'));
      return () => void (drawn = false);
    }, []);
    if (state === 'missing') return <Missing />;
    const View = view;
    return View === null ? null : <View {...props} />;
  };
}

/** The script did not come: no network, or the server has a newer version by now. Opening the page again cures both; what was said is on the disk. */
function Missing(): JSX.Element {
  const { words } = useApp();
  return (
    <div class="empty">
      <Problem code="network.unreachable" />
      <button type="button" class="button" onClick={() => location.reload()}>{words.t('do.retry')}</button>
    </div>
  );
}

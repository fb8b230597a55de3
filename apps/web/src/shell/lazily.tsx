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
    const { words } = useApp();
    const [state, setState] = useState<'loading' | 'ready' | 'missing'>(view === null ? 'loading' : 'ready');
    useEffect(() => {
      if (view !== null) return;
      let drawn = true;
      const show = (next: 'ready' | 'missing'): void => void (drawn && setState(next));
      Promise.all([load(), words.more()]).then(([loaded]) => {
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

/** The script did not come: no network, or a newer version of the app stands on the server by now. Opening the page again cures both; what was said is on the disk. */
function Missing(): JSX.Element | null {
  const { words } = useApp();
  const [code, setCode] = useState<'network.unreachable' | 'request.version' | null>(null);
  useEffect(() => {
    const answers = async (): Promise<boolean> => {
      const { ok, headers } = await fetch('/service-worker.js', { cache: 'no-store' });
      return ok && headers.get('content-type')?.includes('javascript') === true;
    };
    answers().then((there) => setCode(there ? 'request.version' : 'network.unreachable'), () => setCode('network.unreachable'));
  }, []);
  return code === null ? null : (
    <div class="empty">
      <Problem code={code} />
      <button type="button" class="button" onClick={() => location.reload()}>{words.t('do.retry')}</button>
    </div>
  );
}

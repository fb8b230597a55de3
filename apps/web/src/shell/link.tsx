import type { ComponentChildren, JSX } from 'preact';
import { useApp } from './app.ts';
import { pathOf, type Route } from './router.ts';

/** A link inside the app: a real address, followed without loading the page again. */
export function Link({ to, children, onFollow, ...rest }: { to: Route; children: ComponentChildren; class?: string; 'aria-label'?: string; 'aria-current'?: 'page' | 'false'; onFollow?: () => void }): JSX.Element {
  const { router } = useApp();
  return (
    <a {...rest} href={pathOf(to)} onClick={(event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      onFollow?.();
      router.go(to);
    }}>
      {children}
    </a>
  );
}

import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import { useApp } from '../shell/app.ts';

/** Whoever sees a conversation need not be told of it: says so while it is in sight. */
export function useInSight(conversation: Id): void {
  const { waking } = useApp();
  useEffect(() => {
    let end: (() => void) | null = null;
    const look = (): void => {
      end?.();
      end = document.visibilityState === 'visible' ? waking.inSight(conversation) : null;
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      end?.();
    };
  }, [conversation]);
}

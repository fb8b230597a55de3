import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import encodeQR from 'qr';

/** Modules of white around it, so that a camera finds its corners. */
const BORDER = 3;

/** A text as a picture for cameras. Black on white in every theme: a camera knows no other. */
export function CodePicture({ text, label }: { text: string; label: string }): JSX.Element {
  const { size, path } = useMemo(() => {
    const rows = encodeQR(text, 'raw', { ecc: 'low', border: BORDER });
    const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size: rows.length, path: dark.join('') };
  }, [text]);
  return <svg class="code-picture" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges"><path d={path} /></svg>;
}

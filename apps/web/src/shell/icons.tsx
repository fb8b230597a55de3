import type { JSX } from 'preact';

/** Icons are drawn on a grid of 24 with round ends. They are never the only name of a thing: labels stand beside or on the control. */
const shapes = {
  microphone: 'M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3',
  send: 'M12 20V5M5.5 11 12 4.5 18.5 11',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.5v13l10.5-6.5Z',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  bin: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7',
  clip: 'M19 11.5l-7.3 7.3a4.6 4.6 0 0 1-6.5-6.5l7.8-7.8a3.1 3.1 0 0 1 4.4 4.4l-7.6 7.5a1.5 1.5 0 0 1-2.2-2.1l6.8-6.8',
  headphones: 'M4.5 15v-2.5a7.5 7.5 0 0 1 15 0V15M4.5 14.5h3v5h-1.5a1.5 1.5 0 0 1-1.5-1.5ZM19.5 14.5h-3v5h1.5a1.5 1.5 0 0 0 1.5-1.5Z',
  gear: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM12 3v2.5M12 18.5V21M3 12h2.5M18.5 12H21M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M18.4 5.6l-1.8 1.8M7.4 16.6l-1.8 1.8',
  plus: 'M12 5v14M5 12h14',
  more: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2.5 12.5 7 17l9-9.5M12.5 16l1 1 9-9.5',
  ear: 'M7.5 10a4.8 4.8 0 0 1 9.6 0c0 4-3.6 4.4-3.6 7.2a2.8 2.8 0 0 1-5 1.6M10.3 10.2a2 2 0 0 1 4 0c0 1.6-2 1.9-2 3.3',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.2l2.7 1.8',
  alert: 'M12 4.5 21 19.5H3ZM12 10.5v4M12 17v.01',
  people: 'M9 5.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM3.5 19a5.5 5.5 0 0 1 11 0M15.5 5.8a3 3 0 0 1 0 5.4M17.5 14.3a5.5 5.5 0 0 1 3 4.7',
  person: 'M12 4.5a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6ZM5 20a7 7 0 0 1 14 0',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1',
  bell: 'M6.500 16.500h11l-1.500-2.500v-3.500a4 4 0 0 0-8 0v3.500ZM10.500 19.500h3',
  mute: 'M6.500 16.500h11l-1.500-2.500v-3.500a4 4 0 0 0-6.500-3.100M8.100 9.900v4.100l-1.600 2.500M10.500 19.500h3M4 4l16 16',
  note: 'M6 4h12v16H6ZM9 9h6M9 13h6',
  lock: 'M7 11h10v8.500H7ZM9 11V8a3 3 0 0 1 6 0v3',
  down: 'M6 9.500l6 6 6-6',
  seek: 'M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12ZM15 15l5 5',
  save: 'M12 4v11M7 10.500l5 5 5-5M5 19.500h14',
  undo: 'M8 5 4 9l4 4M4.500 9H14a5.500 5.500 0 0 1 0 11H9',
  key: 'M8.500 8.500a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12.500 12.500H21v3.500M17 12.500V15',
  phone: 'M8 3.500h8v17H8ZM11 17.500h2',
  door: 'M13 4H6v16h7M10.500 12H20M16.500 8.500 20 12l-3.500 3.500',
  block: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.500 6.500l11 11',
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }): JSX.Element {
  const filled = name === 'play';
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false"
      fill={filled ? 'currentColor' : 'none'} stroke="currentColor" stroke-width={name === 'pause' || name === 'more' ? 2.8 : 1.9} stroke-linecap="round" stroke-linejoin="round">
      <path d={shapes[name]} />
    </svg>
  );
}

/** The mark of the app: a word leaving, and the ear it reaches. */
export function Mark({ size = 64 }: { size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="5" stroke-linecap="round">
      <path d="M19 28a15 15 0 0 1 30 0c0 12-11 13-11 22a8 8 0 0 1-14 5" />
      <path d="M28 29a6.500 6.500 0 0 1 13 0c0 5-6 6-6 11" />
      <path d="M10 22a22 22 0 0 1 9-13" opacity="0.45" />
    </svg>
  );
}

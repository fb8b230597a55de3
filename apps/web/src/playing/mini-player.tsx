import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import type { Message } from '@earshot/client/earshot.ts';
import { nameOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Link } from '../shell/link.tsx';
import { Icon } from '../shell/icons.tsx';
import { Sheet } from '../shell/sheet.tsx';
import { SPEEDS } from './player.ts';

/** What plays, wherever in the app one is, and why it does not. */
export function MiniPlayer(): JSX.Element | null {
  const { player, words, shelf, sheets } = useApp();
  const track = player.track.value;
  if (track === null) return null;
  const name = track.mine ? words.t('player.you') : nameOf(shelf.find(track.conversation), track.from, shelf.people.value, words);
  const playing = player.state.value === 'playing' || player.state.value === 'fetching';
  return (
    <>
      <section class="mini" aria-label={words.t('player.region')}>
        <button type="button" class="round" aria-label={words.t(playing ? 'message.pause' : 'message.play')} onClick={() => player.toggle(track)}><Icon name={playing ? 'pause' : 'play'} /></button>
        <Link to={{ at: 'conversation', id: track.conversation }} class="mini-text">
          <span class="cut"><strong>{name}</strong></span>
          <MiniTime seconds={track.seconds} />
          <span class="hidden">{words.t('player.open')}</span>
        </Link>
        <button type="button" class="button speed numbers" aria-label={words.t('player.speed', { speed: words.number(player.speed.value) })} onClick={() => sheets.open(() => <SpeedSheet name={name} />)}>{words.number(player.speed.value)}×</button>
        <button type="button" class="round" aria-label={words.t('player.stop')} onClick={() => player.stop()}><Icon name="close" /></button>
        <MiniProgress seconds={track.seconds} />
      </section>
      <WhyNot track={track} />
    </>
  );
}

/** Where the message itself is shown, it says so itself. */
function WhyNot({ track }: { track: Message }): JSX.Element | null {
  const { player, thread } = useApp();
  const failure = player.failure.value;
  if (failure?.message !== track.id || thread.messages.value?.some(({ id }) => id === track.id) === true) return null;
  return <Problem code={failure.code} evidence={failure.evidence} />;
}

function MiniTime({ seconds }: { seconds: number }): JSX.Element {
  const { player, words } = useApp();
  const at = useComputed(() => words.length(player.position.value));
  return <span class="soft small numbers">{at} / {words.length(seconds)}</span>;
}

function MiniProgress({ seconds }: { seconds: number }): JSX.Element {
  const { player } = useApp();
  return <span class="mini-progress" style={{ transform: `scaleX(${Math.min(1, player.position.value / Math.max(0.1, seconds))})` }} />;
}

function SpeedSheet({ name }: { name: string }): JSX.Element {
  const { player, words, sheets } = useApp();
  return (
    <Sheet title={words.t('player.speedTitle')}>
      <p class="soft">{words.t('player.speedFor', { name })}</p>
      <div class="speeds" role="group" aria-label={words.t('player.speedTitle')}>
        {SPEEDS.map((factor) => (
          <button key={factor} type="button" class="button numbers" aria-pressed={player.speed.value === factor} onClick={() => {
            player.setSpeed(factor);
            sheets.close();
          }}>{words.number(factor)}×</button>
        ))}
      </div>
      <label class="row">
        <span class="text"><span>{words.t('player.skip')}</span><span>{words.t('player.skipHint')}</span></span>
        <input type="checkbox" role="switch" checked={player.skipping.value} onChange={(event) => player.setSkipping(event.currentTarget.checked)} />
      </label>
    </Sheet>
  );
}

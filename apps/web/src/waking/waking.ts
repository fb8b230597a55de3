import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Session } from '../account/session.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import { refresher } from '../shell/refresh.ts';
import type { PushDevice } from './push-device.ts';

/**
 * Whether a person is told of messages while the app is closed.
 *
 * `unknown` until the server was reached; `silent` when its operator has push turned off: then the app does not speak of it.
 */
export type WakingState = 'unknown' | 'silent' | 'unsupported' | 'home-screen' | 'denied' | 'off' | 'on';

export interface Waking {
  readonly state: ReadonlySignal<WakingState>;
  /** The question is due: she has said something, and can be told of the answer. Once in the life of the app on this device. */
  readonly asking: ReadonlySignal<boolean>;
  /** Turns it on or off. What stands in the way is said. */
  turn(on: boolean): Promise<void>;
  /** She does not want to be asked. */
  decline(): void;
  /** She sent a message. */
  sent(): void;
  /** She looks at a conversation, until the returned function is called: she need not be told of it. */
  inSight(conversation: Id): () => void;
  refresh(): void;
}

export interface WakingPorts {
  readonly earshot: Earshot;
  readonly device: PushDevice;
  readonly session: Session;
  readonly notices: Notices;
  readonly preferences: Preferences;
}

/** `yes`: she wants to be told. `no`: she was asked, or has decided otherwise. */
const WANTED = 'wake';

export function createWaking({ earshot, device, session, notices, preferences }: WakingPorts): Waking {
  const state = signal<WakingState>('unknown');
  const spoke = signal(false);
  const wanted = (): boolean => preferences.read(WANTED) === 'yes';

  const subscribe = async (key: string): Promise<void> => {
    const present = await device.subscription();
    await earshot.waking.subscribe(present?.serverKey === key ? present : await device.subscribe(key));
  };
  const find = async (): Promise<WakingState> => {
    const key = await earshot.waking.key();
    if (key === null) return 'silent';
    if (device.support !== 'full') return device.support === 'none' ? 'unsupported' : device.support;
    if (device.permission() === 'denied') return 'denied';
    if (!wanted() || device.permission() !== 'granted') return 'off';
    // Said anew at each start: the browser may have another address, the server another key, or lost what it was told.
    await subscribe(key);
    return 'on';
  };
  const refresh = refresher(async () => {
    const who = session.who.value;
    if (who === undefined) return;
    if (who === null) return leave();
    state.value = await patiently(find, state.value);
  }, notices.failed);
  /** The next person on this device decides for herself, and nobody is woken by what she cannot open. */
  const leave = async (): Promise<void> => {
    state.value = 'unknown';
    spoke.value = false;
    if (!wanted()) return;
    preferences.write(WANTED, null);
    await device.unsubscribe();
  };
  const turnOn = async (): Promise<void> => {
    if ((await device.ask()) !== 'granted') return;
    const key = await earshot.waking.key();
    if (key === null) return;
    await subscribe(key);
    preferences.write(WANTED, 'yes');
    notices.show({ said: { type: 'words', key: 'waking.isOn' } }, 4_000);
  };
  const turnOff = async (): Promise<void> => {
    await earshot.waking.unsubscribe();
    await device.unsubscribe();
    preferences.write(WANTED, 'no');
  };

  session.who.subscribe(() => refresh());
  earshot.on((happening) => {
    if (happening.type === 'connection' && earshot.connection.state === 'live' && state.value === 'unknown') refresh();
    if (state.value !== 'on') return;
    if (happening.type === 'message' && happening.from !== session.who.value?.person) device.look();
    // What is muted may have changed. When the server is not reached, the next start or change says it.
    if (happening.type === 'conversations') patiently(() => earshot.waking.renew(), undefined).catch(notices.failed);
  });
  return {
    state, refresh,
    asking: computed(() => spoke.value && state.value === 'off' && preferences.read(WANTED) === null),
    turn: async (on) => {
      spoke.value = false;
      await notices.attempt(on ? turnOn : turnOff);
      refresh();
    },
    decline: () => {
      spoke.value = false;
      preferences.write(WANTED, 'no');
    },
    sent: () => {
      spoke.value = true;
    },
    inSight: (conversation) => device.inSight(conversation),
  };
}

/** What could not be found out now is left as it was: nothing here is so urgent that a person has to read of it. */
async function patiently<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) return otherwise;
    throw error;
  }
}

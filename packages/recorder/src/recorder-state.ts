import type { Id } from '@earshot/base/ids.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { unreachable } from '@earshot/base/assert.ts';

/**
 *     idle ─start─▶ asking ─granted─▶ waiting-for-sound ─sound─▶ recording ─pause─▶ pausing ─drained─▶ paused
 *      ▲               │ refused            │ refused                │ stop             │ stop           │ stop, resume
 *      └── no sound ───┴────────────────────┘                        └────────▶ finishing ◀──────────────┘
 *          (else paused)                                                            └─▶ finished, or paused when the disk refused
 *
 * `why` is null where a person wanted it so.
 *
 * Invariants
 * 1. A take that has sound is left only by `finished`: every refusal and every interruption ends in `paused`, with its reason.
 * 2. `recording` is entered by `sound` alone: intent never shows as recording.
 * 3. What does not fit a state changes nothing.
 */
export type RecorderState =
  | { readonly at: 'idle'; readonly why: FailureCode | null }
  /** Waiting for permission and device. `begun`: the take has sound already. */
  | { readonly at: 'asking' | 'waiting-for-sound'; readonly take: Id; readonly begun: boolean }
  | { readonly at: 'recording'; readonly take: Id }
  | { readonly at: 'pausing' | 'paused'; readonly take: Id; readonly why: FailureCode | null }
  | { readonly at: 'finishing' | 'finished'; readonly take: Id };

export type RecorderStep =
  | { readonly type: 'start'; readonly take: Id; readonly begun: boolean }
  | { readonly type: 'granted' | 'sound' | 'drained' | 'resume' | 'stop' | 'finished' }
  | { readonly type: 'refused'; readonly why: FailureCode | null }
  | { readonly type: 'pause'; readonly why: FailureCode | null };

export const IDLE: RecorderState = { at: 'idle', why: null };

export function nextState(state: RecorderState, step: RecorderStep): RecorderState {
  switch (state.at) {
    case 'idle':
    case 'finished':
      return step.type === 'start' ? { at: 'asking', take: step.take, begun: step.begun } : state;
    case 'asking':
    case 'waiting-for-sound':
      return whileOpening(state, step);
    case 'recording':
      if (step.type === 'pause') return { at: 'pausing', take: state.take, why: step.why };
      return step.type === 'stop' ? { at: 'finishing', take: state.take } : state;
    case 'pausing':
      if (step.type === 'drained') return { at: 'paused', take: state.take, why: state.why };
      return step.type === 'stop' ? { at: 'finishing', take: state.take } : state;
    case 'paused':
      if (step.type === 'resume') return { at: 'asking', take: state.take, begun: true };
      return step.type === 'stop' ? { at: 'finishing', take: state.take } : state;
    case 'finishing':
      if (step.type === 'refused') return { at: 'paused', take: state.take, why: step.why };
      return step.type === 'finished' ? { at: 'finished', take: state.take } : state;
    default:
      return unreachable(state);
  }
}

type Opening = RecorderState & { readonly at: 'asking' | 'waiting-for-sound' };

function whileOpening(state: Opening, step: RecorderStep): RecorderState {
  if (step.type === 'granted' && state.at === 'asking') return { ...state, at: 'waiting-for-sound' };
  if (step.type === 'sound' && state.at === 'waiting-for-sound') return { at: 'recording', take: state.take };
  if (step.type !== 'refused') return state;
  return state.begun ? { at: 'paused', take: state.take, why: step.why } : { at: 'idle', why: step.why };
}

/**
 * The numbers by which the sentinel judges. They were tuned on the corpus of tests/corpus: over 100 clips of real speech, most of
 * them at -40 dBFS and hesitant, must raise nothing, and each injected fault must be named within 2 s. Where something was measured
 * there, the comment says "measured"; the other numbers are chosen, for the reason given. In between the two sides, a limit stands
 * nearer to the fault: a false alarm takes more from a person than a second of waiting.
 */

// Looks and clocks

/** A look speaks for at most so many milliseconds: after a stalled thread, what it missed is still in its queue. */
export const LOOK_SPAN_MS = 300;
/** Milliseconds. Headsets flicker through "muted" while they change their mode. */
export const MUTED_MS = 300;
/** Milliseconds without frames. Frames come every 10 ms; the rest of the second is for busy devices. */
export const NO_FRAMES_MS = 1_000;
/** The same before the first frame: wireless microphones wake slowly. */
export const NO_FIRST_FRAME_MS = 1_800;
/** Milliseconds that a stage may be behind the one before (writes come in bundles), and for how long it may be more. */
export const STAGE_BEHIND_MS = 300;
export const STAGE_PATIENCE_MS = 1_000;

// Sampling rate against the clock

/** Lag is the smallest of each window, because deliveries are late at times and never early. Milliseconds. */
export const CLOCK_WINDOW_MS = 200;
/** Milliseconds by which the lags of a steady delivery differ: one look, and a chunk of 10 ms. */
export const CLOCK_JITTER_MS = 25;
/** Windows that must agree on a wrong rate: 1.2 s for a coarse one such as 16 kHz as 48 kHz; 2.4 s for 44.1 kHz as 48 kHz (8 %). */
export const COARSE_WINDOWS = 6;
export const FINE_WINDOWS = 12;
export const COARSE_DEVIATION = 0.2;
/** Far beyond what two clocks differ by, and what late deliveries feign in 2.4 s; below the 8 % of 44.1 kHz as 48 kHz. */
export const FINE_DEVIATION = 0.06;
/** A measured rate counts as one of the usual ones within this share of it. */
export const RATE_TOLERANCE = 0.03;
export const USUAL_RATES: readonly number[] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000];
/** Milliseconds of sound that the clock saw and nobody delivered, in one piece. */
export const CLOCK_GAP_MS = 100;

// Zeros and gaps

/** Milliseconds of one and the same value. A room has none of it; see GATE_PATIENCE_MS for what hides the room. */
export const FLAT_MS = 1_500;
/** Noise gates deliver zeros between words. Who was seen to do so twice, fading out before, is given the time of a long thought. */
export const GATE_PATIENCE_MS = 10_000;
export const GATE_RUN_MS = 100;
export const GATE_RUNS = 2;
/** Zeros in a row that are a gap and no coincidence. Milliseconds. */
export const GAP_MS = 4;
/** A gap cuts into sound: what came just before is at most this far below the voice (dB), and no room (dBFS). A gate closes behind a fade. */
export const GAP_EDGE_BELOW_VOICE_DB = 22;
export const GAP_EDGE_DB = -62;
/** No gate closes for less than this (ms), so that a short hole may cut into softer sound: this much softer (dB). */
export const SHORT_GAP_MS = 60;
export const SHORT_GAP_ALLOWANCE_DB = 14;
/** A single lost frame of 20 ms is no alarm, two in 2 s are. 5 % of lost frames are 100 ms in 2 s, and not all of them cut into sound. */
export const DROPOUT_WINDOW_S = 2;
export const DROPOUT_MS = 40;
/** Seconds without any gap until it is over. */
export const DROPOUT_CLEAR_S = 4;

// Clipping

/** Equal samples in a row, at this amplitude or above, are a flat top: sines of speech bend within three samples even in 16 bits. */
export const PLATEAU_SAMPLES = 5;
export const PLATEAU_AMPLITUDE = 0.25;
/** Share of all samples in a second. Measured: none in healthy clips; with 20 dB too much at least 17 % in the worst second of a clip. */
export const CLIPPING_WINDOW_S = 1;
export const CLIPPED_SHARE = 0.003;
/** A single knock on the microphone fills fewer frames. */
export const CLIPPED_FRAMES = 4;
export const CLIPPING_CLEAR_S = 3;
export const CLIPPED_CLEAR_SHARE = 0.0005;

// Level. Voice is what lies between 200 Hz and 10 kHz, in frames of 20 ms.

/** A frame is active this far (dB) above the quietest of the last seconds. Measured: rooms fall by 5 at most. */
export const ACTIVE_ABOVE_FLOOR_DB = 9;
export const FLOOR_WINDOW_S = 3;
/** dBFS. Frames of zeros count as a room this quiet: 16 bits hold no quieter one, and a gate hides a louder one. */
export const FLAT_FLOOR_DB = -90;
/** A frame as loud as this can be understood when played loudly. Measured: the loudest frame of each healthy clip is at -37 or above, that of any clip at -70 dBFS at -58 or below. */
export const USABLE_DB = -54;
export const USABLE_FRAMES = 3;
/** Active frames that are speech (0.4 s), and as many as 1 s of them in a narrow band: a long s through a telephone is that soft. */
export const QUIET_FRAMES = 18;
export const QUIET_NARROW_FRAMES = 50;
/** dBFS. Nine in ten of them are softer. Measured: below -59 at -70 dBFS; soft beginnings of speech at -40 dBFS were at -58. */
export const QUIET_DB = -60;
export const QUIET_WINDOW_S = 2;
/** dB. Speech falls by as much after each syllable; hiss, a hum and a microphone that swells while it wakes up do not (measured: rooms by 5 at most). */
export const SPEECH_FALL_DB = 9;
/** Once a voice was heard, soft sounds are breath, steps, the next room; only 3 s of them in 10 s are a voice that became too soft. */
export const QUIET_LATER_FRAMES = 150;
export const QUIET_LATER_WINDOW_S = 10;
/** Seconds with nothing but a quiet room: before the first word, and after one. Pauses for thought of 5 s are common. */
export const BACKGROUND_FIRST_S = 8;
export const BACKGROUND_LATER_S = 30;

// Band: spectral density just below an edge against that above it.

export const BAND_WINDOW_S = 1.6;
/** Frames that can tell, for the edge at 4 kHz (0.3 s) and for that at 8 kHz (1 s). */
export const BAND_FRAMES_4K = 15;
export const BAND_FRAMES_8K = 50;
/** dB re full scale per Hz: over 30 dB above what 16 bits add, so that a fall can be seen at all. */
export const BAND_DENSITY_DB = -112;
/**
 * dB. The fall that four frames in five exceed (the fifth has the sibilants), and every second one. Measured at 4 kHz: in healthy clips
 * at most 21 and 25; in low-passed ones at least 33 of the first.
 */
export const BAND_FALL_LEAST_DB = 26;
export const BAND_FALL_MEDIAN_DB = 32;
/** With less than this in the sibilants, it is over. */
export const BAND_FALL_CLEAR_DB = 18;

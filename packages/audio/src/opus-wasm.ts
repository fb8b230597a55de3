import { AudioError } from './audio-error.ts';

/**
 * libopus in WebAssembly, as the npm package `@evan/opus` ships it: `wasm/simd.wasm` and, for engines without SIMD,
 * `wasm/opus.wasm`, the same exports in both. Its own JavaScript reads files and picks native addons, neither of which a
 * worker in a browser can do, so this is our own binding to the bare module. How the bytes come is the caller's matter:
 * see `opus-wasm.node.ts`; a web build inlines the bytes, or serves the file and passes the answer.
 */
export type OpusVariant = 'simd' | 'plain';

/** Where the package keeps each variant. */
export const OPUS_WASM_FILES: Readonly<Record<OpusVariant, string>> = {
  simd: '@evan/opus/wasm/simd.wasm',
  plain: '@evan/opus/wasm/opus.wasm',
};

/** What the module offers. Pointers are numbers into `memory`; results below 0 are libopus errors. */
export type OpusExports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly _initialize: () => void;
  malloc(size: number): number;
  free(pointer: number): void;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(encoder: number, rate: number, channels: number, application: number): number;
  opus_encode(encoder: number, pcm: number, samples: number, packet: number, limit: number): number;
  opus_encoder_ctl_set(encoder: number, request: number, value: number): number;
  opus_encoder_ctl_get(encoder: number, request: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(decoder: number, rate: number, channels: number): number;
  opus_decode(decoder: number, packet: number, bytes: number, pcm: number, limit: number, fec: number): number;
};

/** WebAssembly as far as it is needed here; its types belong to a page, and this runs anywhere. */
type Platform = {
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<object>;
  compileStreaming(answer: Response): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: unknown }>;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
};

function world(): { readonly WebAssembly: Platform } {
  return globalThis as unknown as { readonly WebAssembly: Platform };
}

/** A function that makes one 16-byte vector and drops it: valid only where SIMD is. */
const SIMD_PROBE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // header
  1, 4, 1, 0x60, 0, 0, // type 0: () -> ()
  3, 2, 1, 0, // function 0 of type 0
  10, 9, 1, 7, 0, 0x41, 0, 0xfd, 15, 0x1a, 0x0b, // i32.const 0, i8x16.splat, drop
);

/** The quicker variant that this engine can run. */
export function bestOpusVariant(): OpusVariant {
  return world().WebAssembly.validate(SIMD_PROBE) ? 'simd' : 'plain';
}

/** One instance of libopus. Encoders and decoders made from it share its memory and are not seen by other instances. */
export class OpusCodec {
  readonly exports: OpusExports;

  constructor(exports: OpusExports) {
    this.exports = exports;
  }

  /** Bytes of the module's memory. Views go stale when it grows, so they are made anew at each use. */
  bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer, pointer, length);
  }

  numbers(pointer: number, length: number): Int16Array<ArrayBuffer> {
    return new Int16Array(this.exports.memory.buffer, pointer, length);
  }

  allocate(size: number): number {
    const pointer = this.exports.malloc(size);
    if (pointer === 0) throw new Error('assertion: libopus is out of memory');
    return pointer;
  }
}

const nothing = (): number => 0;
/** libopus reads and writes no files; what its C library would need for that is never called. */
const IMPORTS = {
  env: { emscripten_notify_memory_growth: nothing },
  wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
};

/**
 * Starts libopus from one of its two variants: its bytes, or the answer to a request for the file, which must be of the type
 * `application/wasm` (compiled while it comes, and browsers keep the result). Throws `AudioError` ('unsupported', 'codec')
 * where the engine refuses it.
 */
export async function startOpus(source: Uint8Array<ArrayBuffer> | Response): Promise<OpusCodec> {
  try {
    const { WebAssembly } = world();
    const module = await (source instanceof Uint8Array ? WebAssembly.compile(source) : WebAssembly.compileStreaming(source));
    const instance = await WebAssembly.instantiate(module, IMPORTS);
    const exports = instance.exports as OpusExports;
    const { _initialize: initialize } = exports;
    initialize();
    return new OpusCodec(exports);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new AudioError('unsupported', 'codec', 'The Opus codec cannot run here.', { cause });
  }
}

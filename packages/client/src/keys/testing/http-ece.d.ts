/** The independent implementation of RFC 8188 that ours is compared with. It knows keys of 16 bytes only. */
declare module 'http_ece' {
  interface Parameters {
    readonly version: 'aes128gcm';
    readonly key: Uint8Array;
    readonly salt?: Uint8Array;
    readonly rs?: number;
  }
  const ece: {
    encrypt(plain: Uint8Array, parameters: Parameters): Uint8Array;
    decrypt(sealed: Uint8Array, parameters: Parameters): Uint8Array;
  };
  export default ece;
}

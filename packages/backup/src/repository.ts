import { fromHex, toHex } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { open, seal } from './key.ts';
import { asideName, type Chunk, chunkName, manifest, type Manifest, parse, snapshotName, toBytes, vaultFile, vaultInfo, type VaultInfo } from './manifest.ts';
import type { Held, Vault } from './vault.ts';

/** A backup as a vault lists it. */
export interface Snapshot {
  /** `2026-11-21T10-56-00.000Z-4f1c`; sorts by time. */
  readonly name: string;
  readonly manifest: Manifest;
}

/** Chunks and snapshots in a vault. */
export class Repository {
  readonly vault: Vault;
  readonly info: VaultInfo;

  private constructor(vault: Vault, info: VaultInfo) {
    this.vault = vault;
    this.info = info;
  }

  /** Fails with `backup.missing` when there is none. */
  static async open(vault: Vault): Promise<Repository> {
    return new Repository(vault, parse(vaultInfo, await vault.get(vaultFile), vaultFile));
  }

  static async create(vault: Vault, { recipient, salt, made }: { recipient: string; salt: Uint8Array; made: number }): Promise<Repository> {
    const info: VaultInfo = { format: 'earshot-backup', version: 1, recipient, salt: toHex(salt), made };
    await vault.put(vaultFile, toBytes(info));
    return new Repository(vault, info);
  }

  /**
   * Looks at the place again. A disk that was unmounted meanwhile leaves an empty folder or none, in which all seems to be missing, and into which
   * all can be written. Fails with `backup.missing` then, and where another vault is found.
   */
  async checkPlace(): Promise<void> {
    const { info } = await Repository.open(this.vault);
    if (info.salt !== this.info.salt) throw new Failure('backup.missing', { name: vaultFile, reason: 'other backups are in this place now' });
  }

  /** What lies in a folder of the vault, but for what a scrub found broken and could not move away. Fails as `checkPlace` where nothing does because the place has gone. */
  async held(folder: 'chunks' | 'snapshots'): Promise<readonly Held[]> {
    const marks = new Set((await this.vault.list('damaged')).filter(({ bytes }) => bytes === 0).map(({ name }) => name));
    const listed = await this.vault.list(folder);
    if (listed.length === 0) await this.checkPlace();
    return listed.filter(({ name }) => !marks.has(asideName(name)));
  }

  /** The newest last. */
  async snapshotNames(): Promise<readonly string[]> {
    const held = await this.held('snapshots');
    return held.map(({ name }) => name).filter((name) => name.endsWith('.json')).map((name) => name.slice('snapshots/'.length, -'.json'.length));
  }

  async snapshot(name: string): Promise<Snapshot> {
    const path = snapshotName(name);
    return { name, manifest: parse(manifest, await this.vault.get(path), path) };
  }

  /**
   * Those of `names` that can be read, one after the other. One that is damaged is told, and hides no other one; what somebody forgot since it
   * was listed is left out.
   */
  async *readable(names: readonly string[], damaged: (name: string, failure: Failure) => void = () => undefined): AsyncGenerator<Snapshot, undefined> {
    for (const name of names) {
      try {
        yield await this.snapshot(name);
      } catch (error) {
        if (!(error instanceof Failure) || (error.code !== 'backup.damaged' && error.code !== 'backup.missing')) throw error;
        if (error.code === 'backup.damaged') damaged(name, error);
      }
    }
  }

  /** The newest backup that can be read; null when there is none. */
  async newest(): Promise<Snapshot | null> {
    const { value } = await this.readable((await this.snapshotNames()).toReversed()).next();
    return value ?? null;
  }

  async keep(name: string, content: Manifest): Promise<void> {
    await this.vault.put(snapshotName(name), toBytes(content));
  }

  async plainHash(plain: Uint8Array): Promise<string> {
    const salt = fromHex(this.info.salt);
    const bytes = new Uint8Array(salt.length + plain.length);
    bytes.set(salt);
    bytes.set(plain, salt.length);
    return await sha256(bytes);
  }

  /** Seals a stretch, stores it and reads it back. */
  async store(plain: Uint8Array, hash: string): Promise<Chunk> {
    const sealed = new Uint8Array(await seal(this.info.recipient, plain));
    const name = await sha256(sealed);
    await this.vault.put(chunkName(name), sealed);
    await this.check(name);
    return { plain: hash, sealed: name, bytes: plain.length };
  }

  /** Reads a chunk and holds it to its name. Fails with `backup.missing` or `backup.damaged`. */
  async check(sealed: string): Promise<Uint8Array<ArrayBuffer>> {
    const name = chunkName(sealed);
    const bytes = new Uint8Array(await this.vault.get(name));
    if ((await sha256(bytes)) !== sealed) throw new Failure('backup.damaged', { name, reason: 'hash' });
    return bytes;
  }

  /** The plain bytes of a chunk, held to what was sealed. */
  async load(secret: string, { sealed, plain }: Chunk): Promise<Uint8Array> {
    const bytes = await open(secret, await this.check(sealed), chunkName(sealed));
    if ((await this.plainHash(bytes)) !== plain) throw new Failure('backup.damaged', { name: chunkName(sealed), reason: 'plain' });
    return bytes;
  }
}

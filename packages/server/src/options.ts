import type { Clock } from '@earshot/base/clock.ts';
import type { Log } from '@earshot/base/log.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import type { Limits } from './ports.ts';
import type { Machine } from './status/machine.ts';

export interface ServerOptions {
  /** Where everything is kept: the database and the blobs. Made when it is not there. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Where people open this server, e.g. `https://voice.example.org`; default `http://localhost:PORT`. */
  readonly origin?: string | undefined;
  /** The built web app. */
  readonly webDir?: string | undefined;
  /** Addresses or networks whose `X-Forwarded-For` counts. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Waking closed apps; on unless it says otherwise. */
  readonly push?: PushOptions | undefined;
  readonly log: Log;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default: the disk that holds the data folder. */
  readonly machine?: Machine | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly retention?: Partial<Retention> | undefined;
}

export interface PushOptions {
  readonly on: boolean;
  /** How push services reach the operator: `mailto:` or `https:`. Default: the origin, if it is https. */
  readonly contact?: string | undefined;
  /** Takes push services without https and on this machine or a private network as well: for tests. */
  readonly privateAddresses?: boolean | undefined;
}

export interface RunningServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  close(): Promise<void>;
}

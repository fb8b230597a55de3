import { judgeWay, type Obstacle } from './judge.ts';
import { type ProbePorts, probeWay } from './probe.ts';

export interface Look {
  readonly obstacle: Obstacle | null;
  /** The server's time, where it told it. */
  readonly serverNow: number | null;
}

/** What stands in the way now, by asking and judging: fetched once the page has begun, before anything stands there. */
export async function lookAtWay(ports: ProbePorts, asked: Parameters<typeof probeWay>[1]): Promise<Look> {
  const probes = await probeWay(ports, asked);
  return { obstacle: judgeWay(probes), serverNow: probes.serverNow };
}

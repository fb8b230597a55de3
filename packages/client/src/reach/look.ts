import { judgeWay, type Obstacle } from './judge.ts';
import { type ProbePorts, probeWay } from './probe.ts';

/** Tries the way, and judges by what came back: what stands there, and how late it is at the server where it said so. */
export async function lookAtWay(ports: ProbePorts, asked: Parameters<typeof probeWay>[1]): Promise<{ readonly obstacle: Obstacle | null; readonly serverNow: number | null }> {
  const probes = await probeWay(ports, asked);
  return { obstacle: judgeWay(probes), serverNow: probes.serverNow };
}

import { createHash, hash as hashOf } from 'node:crypto';
import type { Sums } from './sums.ts';

export const nodeSums: Sums = {
  start: () => {
    const hash = createHash('sha256');
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => hash.copy().digest('hex'),
    };
  },
  of: (bytes) => hashOf('sha256', bytes),
};

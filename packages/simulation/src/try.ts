import { hashAtOnce } from './pure-hashing.ts';
import { ServerApp } from './server-host.ts';
import { simulate } from './run.ts';
hashAtOnce();
const app = await ServerApp.make();
const from = Number(process.argv[2] ?? 1);
const n = Number(process.argv[3] ?? 1);
let total = 0; const t0 = performance.now();
for (let seed = from; seed < from + n; seed++) {
  const t = performance.now();
  const o = await simulate(seed, app); total += o.messages;
  if (process.argv[4]) console.log(o.trace.join('\n'));
  console.log(seed, 'messages', o.messages, o.deliveries, 'ms', performance.now() - t | 0, o.sum.slice(0, 8), o.violations.length, o.violations.slice(0, 4));
}
console.log('per minute', total / (performance.now() - t0) * 60000 | 0, 'rss', process.memoryUsage().rss / 1e6 | 0);

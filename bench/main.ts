import { measureBackup } from './backup.ts';
import { measureCatchUp } from './catchup.ts';
import { measureCuts } from './cuts.ts';
import { measureDoctor } from './doctor.ts';
import { measureFinding } from './find.ts';
import { measureIdle } from './idle.ts';
import { measureLatency } from './latency.ts';
import { measureSealing } from './seal.ts';
import { printTable, writeResults, type Row } from './table.ts';
import { measureThroughput } from './throughput.ts';
import { measureWeb } from './web.ts';

/**
 * `npm run bench [-- NAME...]`: measures each figure of the "How well" tables, prints it beside its aim and writes the table as JSON.
 * Figures are of this machine at this moment; the ratio to the aim and to the machine's floor is what travels.
 */
const parts: Record<string, () => Promise<Row[]>> = {
  throughput: () => measureThroughput(10),
  latency: measureLatency,
  catchup: measureCatchUp,
  idle: measureIdle,
  cuts: measureCuts,
  seal: measureSealing,
  find: measureFinding,
  backup: measureBackup,
  web: measureWeb,
  doctor: measureDoctor,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`bench: there is no ${unknown.join(', ')}; there is ${Object.keys(parts).join(', ')}`);
  process.exitCode = 2;
} else {
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.error(`bench: ${name} ...`);
    rows.push(...(await measure()));
  }
  printTable(rows);
  console.error(`bench: written to ${writeResults(rows, new URL('./results', import.meta.url).pathname)}`);
}

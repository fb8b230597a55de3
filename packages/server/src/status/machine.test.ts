import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { machineContract } from './machine.contract.ts';
import { folderMachine } from './machine.node.ts';
import { MemoryMachine } from './machine.ts';

const folder = await mkdtemp(join(tmpdir(), 'earshot-machine-'));
after(() => rm(folder, { recursive: true }));

machineContract('folder', () => Promise.resolve(folderMachine(folder)), () => Promise.resolve(folderMachine(join(folder, 'gone'))));
machineContract('memory', () => Promise.resolve(new MemoryMachine()), () => Promise.resolve(Object.assign(new MemoryMachine(), { broken: new Error('broken') })));

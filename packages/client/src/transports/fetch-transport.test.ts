import { fetchTransport } from './fetch-transport.ts';
import { transportContract } from './transport.contract.ts';

transportContract('fetch transport', (server, stallTimeout) => fetchTransport({ server, stallTimeout, socketHeaders: true }));

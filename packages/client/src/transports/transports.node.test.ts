import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { fetchTransport } from './fetch-transport.ts';
import { httpTransport } from './http-transport.node.ts';
import { type Peer, transportContract } from './transport.contract.ts';

/** A server that does as its paths say. */
async function peer(): Promise<Peer> {
  const seen: Peer['seen'] = [];
  const open = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      if (request.url === '/v1/silent') return;
      if (request.url === '/v1/teapot') response.writeHead(418, { 'Upload-Offset': '7' });
      if (request.url === '/v1/halting') {
        response.writeHead(200);
        response.write('half');
        return;
      }
      response.end(request.url === '/v1/large' ? Buffer.alloc(300_000, 1) : 'answer');
    });
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    socket.send('hello');
    socket.on('message', (data: Buffer) => {
      seen.push({ headers: request.headers, body: data.toString() });
      socket.close(4401);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      sockets.close();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

transportContract('fetch transport', (server, stallTimeout) => fetchTransport({ server, stallTimeout, socketHeaders: true }), peer);
transportContract('http transport', (server, stallTimeout) => httpTransport({ server, stallTimeout }), peer);

import type { LiveConnection, LiveHandlers } from '../transport.ts';

/** Close code of a connection that never opened or broke without a word (RFC 6455, 7.1.5). */
const ABNORMAL = 1006;

/** The open connection as the global WebSocket; `headers` is null where it takes none. */
export function openLive(server: string, path: string, headers: Readonly<Record<string, string>> | null, handlers: LiveHandlers): LiveConnection {
  const url = `${server.replace(/^http/, 'ws')}${path}`;
  const socket = headers === null ? new WebSocket(url) : new (WebSocket as unknown as HeaderedWebSocket)(url, { headers });
  let over = false;
  const end = (code: number): void => {
    if (over) return;
    over = true;
    handlers.closed(code);
  };
  socket.addEventListener('open', () => {
    if (!over) handlers.opened();
  });
  socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
    if (!over && typeof data === 'string') handlers.frame(data);
  });
  socket.addEventListener('close', (event) => end(event.code));
  // Node reports a refused connection by `error` alone.
  socket.addEventListener('error', () => end(ABNORMAL));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      socket.close();
      // The closing handshake of a dead link takes minutes; whoever closes is done with it now.
      end(ABNORMAL);
    },
  };
}

/** Node's WebSocket takes headers in a second argument that the web's types do not know. */
type HeaderedWebSocket = new (url: string, options: { headers: Readonly<Record<string, string>> }) => WebSocket;

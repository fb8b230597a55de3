/** Whether the app stands at this path of its origin: the server's interface, its documentation and its status page are pages without it. */
export function isAppPath(path: string): boolean {
  return !path.startsWith('/v1/') && !path.startsWith('/docs') && path !== '/status';
}

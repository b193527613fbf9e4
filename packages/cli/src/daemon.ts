/** The daemon, the front and the way on from a lost quorum: loaded when they are needed, since most commands start without them. */
export type DaemonModule = typeof import('@crescendo/node');

export async function loadDaemon(): Promise<DaemonModule> {
  return await import('@crescendo/node');
}

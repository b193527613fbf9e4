/** Where things lie in a data folder (`--data`, by default `.crescendo`). */
import { join } from 'node:path';

export const DEFAULT_DATA_FOLDER = '.crescendo';

export interface DataFolderPaths {
  readonly root: string;
  /** The key pair, mode 0600. */
  readonly credentials: string;
  /** What nodes prove to each other, mode 0600. */
  readonly clusterSecret: string;
  /** What opens the web console, mode 0600. */
  readonly consoleKey: string;
  /** Where the endpoint was listening last. */
  readonly endpoint: string;
  /** Where the nodes of the store were last. */
  readonly peers: string;
  /** What cloud and front say. */
  readonly log: string;
  /** The local cloud: its records, and instances with their volumes. */
  readonly cloud: string;
}

export function dataFolderPaths(root: string): DataFolderPaths {
  return {
    root,
    credentials: join(root, 'credentials'),
    clusterSecret: join(root, 'cluster-secret'),
    consoleKey: join(root, 'console-key'),
    endpoint: join(root, 'endpoint'),
    peers: join(root, 'peers'),
    log: join(root, 'logs', 'cloud.log'),
    cloud: join(root, 'cloud'),
  };
}

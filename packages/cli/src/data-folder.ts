/** Where things lie in a data folder (`--data`, by default `.crescendo`). */
import { join } from 'node:path';

export const DEFAULT_DATA_FOLDER = '.crescendo';

export interface DataFolderPaths {
  readonly root: string;
  /** The key pair, mode 0600. */
  readonly credentials: string;
  /** What nodes prove to each other, mode 0600. */
  readonly clusterSecret: string;
  /** Addresses of the nodes that `up` runs. */
  readonly cluster: string;
  /** Held by the `up` that runs on this folder. */
  readonly lock: string;
  /** Data of one node that `up` runs. */
  node(number: number): string;
  /** What that node says, beside its data: the daemon knows every file in its own folder. */
  nodeLog(number: number): string;
}

export function dataFolderPaths(root: string): DataFolderPaths {
  return {
    root,
    credentials: join(root, 'credentials'),
    clusterSecret: join(root, 'cluster-secret'),
    cluster: join(root, 'cluster.json'),
    lock: join(root, 'up.lock'),
    node: (number) => join(root, 'nodes', String(number)),
    nodeLog: (number) => join(root, 'logs', `node-${number}.log`),
  };
}

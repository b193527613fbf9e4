/** A process that serves DynamoDB from a folder: the local cloud, or dynalite by itself. It tells its port and ends with its parent. */

import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { startCloud } from '@crescendo/cloud';
import { TABLE_KEYS, type TableServerKind } from './table-server-kind.ts';

/** It has no types. */
const dynalite: (options: { readonly path: string; readonly createTableMs: number }) => Server =
  createRequire(import.meta.url)('dynalite');
const [, , kind, folder] = process.argv as [string, string, TableServerKind, string];

async function portOf(): Promise<number> {
  if (kind === 'dynalite') {
    const server = dynalite({ path: folder, createTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const cloud = await startCloud({
    dataDir: folder,
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [TABLE_KEYS],
    devKeys: false,
    log: () => {},
  });
  return cloud.address.port;
}

process.on('disconnect', () => process.exit(0));
process.send!({ port: await portOf() });

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { HttpInstanceMetadata } from './instance-metadata.ts';

/** The metadata service of one instance, which takes only tokens of its own. */
async function serve(instanceId: string, port = 0): Promise<{ server: Server; port: number }> {
  const values: Record<string, string> = {
    'instance-id': instanceId,
    'placement/availability-zone': 'us-east-1a',
    'placement/region': 'us-east-1',
    'local-ipv4': '127.0.0.1',
    'autoscaling/target-lifecycle-state': instanceId === 'i-1' ? 'InService' : 'Terminated',
  };
  const server = createServer((request, response) => {
    if (request.method === 'PUT') return void response.end(`token of ${instanceId}`);
    if (request.headers['x-aws-ec2-metadata-token'] !== `token of ${instanceId}`)
      return void response.writeHead(401).end();
    const value = values[request.url!.slice('/latest/meta-data/'.length)];
    response.writeHead(value === undefined ? 404 : 200).end(value);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

test('[FL6] what another instance is told at this address is not taken for this one’s', async (t) => {
  const servers: Server[] = [];
  t.after(() => Promise.all(servers.map(close)));
  const open = async (instanceId: string, port?: number) => {
    const opened = await serve(instanceId, port);
    servers.push(opened.server);
    return opened;
  };
  const own = await open('i-1');
  const metadata = new HttpInstanceMetadata(`http://127.0.0.1:${own.port}`);
  assert.equal((await metadata.identity()).instanceId, 'i-1');
  assert.equal(await metadata.targetLifecycleState(), 'InService');
  await close(own.server);
  const stranger = await open('i-2', own.port);
  await metadata.hasSpotNotice().catch(() => undefined); // The connection to the one before breaks.
  await assert.rejects(metadata.targetLifecycleState(), /are those of i-2, and this is i-1/);
  await assert.rejects(metadata.hasSpotNotice(), /are those of i-2/);
  await close(stranger.server);
  await open('i-1', own.port);
  await metadata.hasSpotNotice().catch(() => undefined);
  assert.equal(await metadata.targetLifecycleState(), 'InService');
});

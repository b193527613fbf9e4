/** Whether a port can be had, before anything else is started. */
import { createServer } from 'node:net';
import { systemCode } from '../failures.ts';

/** `used` when another program listens there, `refused` when this host or port is not ours to use. */
export async function probePort(host: string, port: number): Promise<'free' | 'used' | 'refused'> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', (error) => resolve(systemCode(error) === 'EADDRINUSE' ? 'used' : 'refused'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}

/** A whole cloud in a process of its own, for tests that kill it: `node whole-cloud.ts DATA_DIR`; prints its endpoint when it answers. */
import { startCloud } from '../../daemon/start-cloud.ts';

export const KEYS = { accessKeyId: 'AKIDOFTHISTEST', secretAccessKey: 'a-secret-of-this-test' };

if (process.argv[1] === import.meta.filename) {
  const cloud = await startCloud({
    dataDir: process.argv[2]!,
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [KEYS],
    devKeys: false,
    log: () => undefined,
  });
  const end = (status: number) => () => process.exit(status);
  process.once('SIGTERM', () => void cloud.stop().then(end(0), end(1)));
  process.stdout.write(`${cloud.endpoint}\n`);
}

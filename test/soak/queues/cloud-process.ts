/** `cloud-process.ts FOLDER`: a local cloud for tests that kill it. Prints its endpoint once it answers; ends when its parent does. */
import { startCloud } from '@crescendo/cloud';
import { KEYS } from './killable-cloud.ts';

const cloud = await startCloud({
  dataDir: process.argv[2]!,
  listen: { host: '127.0.0.1', port: 0 },
  credentials: [KEYS],
  devKeys: false,
});
process.stdout.write(`${cloud.endpoint}\n`);
process.stdin.once('end', () => process.exit(1)).resume();

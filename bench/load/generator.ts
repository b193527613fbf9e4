/** The load generator: a process of its own, so that what it costs is counted apart. Jobs come over the channel, one at a time. */
import type { Job } from './job.ts';
import { runJob } from './run-job.ts';

process.on('message', (job) => {
  void runJob(job as Job).then((result) => process.send!(result));
});
process.on('disconnect', () => process.exit(0));

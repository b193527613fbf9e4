/**
 * The program of an instance: so many workers side by side, and one ear for the end of the instance. Everything is put together here and
 * nowhere else.
 */
import { WordCounter } from '../counting/index.ts';
import { openClients } from './aws/clients.ts';
import { DynamoResultTable } from './aws/dynamo-result-table.ts';
import { InstanceMetadata } from './aws/instance-metadata.ts';
import { S3ObjectSource } from './aws/s3-object-source.ts';
import { SqsJobQueue } from './aws/sqs-job-queue.ts';
import { SqsResultQueue } from './aws/sqs-result-queue.ts';
import { AutoScalingHooks } from './aws/termination-hook.ts';
import { systemClock } from './clock.ts';
import { watchInstanceEnd } from './instance-end.ts';
import { jsonLog, type Log } from './log.ts';
import { type Environment, readWorkerSettings, type WorkerSettings } from './settings.ts';
import { StopRequest } from './stop-request.ts';
import { Worker } from './worker.ts';

/** Runs until it is told to stop by a signal, its group or a spot notice. @throws SettingsError */
export async function runWorkerProgram(environment: Environment): Promise<void> {
  const settings = readWorkerSettings(environment);
  const log = jsonLog((line) => process.stdout.write(line));
  const clock = systemClock;
  const stop = new StopRequest(clock);
  const release = stopOnSignals(stop, settings.stopSeconds);
  log('info', 'workers started', { ...settings, pid: process.pid });
  const idle = runWorkers(settings, stop, log);
  const watching = isOnInstance(environment)
    ? watchInstanceEnd(
        {
          metadata: new InstanceMetadata(environment['AWS_EC2_METADATA_SERVICE_ENDPOINT']),
          hooks: (instanceId) => new AutoScalingHooks(settings.region, instanceId),
          clock,
          random: Math.random,
          log,
        },
        stop,
        idle,
      )
    : undefined;
  await idle;
  await watching;
  release();
  log('info', 'workers stopped', { reason: stop.reason });
}

async function runWorkers(settings: WorkerSettings, stop: StopRequest, log: Log): Promise<void> {
  const clients = openClients(settings.region);
  const counter = new WordCounter();
  const { visibilitySeconds, delaySeconds, retrySeconds, rules, top, stopWords } = settings;
  const parts = {
    queue: new SqsJobQueue(clients.sqs, { url: settings.queueUrl, visibilitySeconds }),
    objects: new S3ObjectSource(clients.s3),
    count: (chunks: AsyncIterable<Uint8Array>) => counter.count(chunks, { rules, top, stopWords }),
    table: new DynamoResultTable(clients.dynamo, settings.resultTableName),
    results: new SqsResultQueue(clients.sqs, settings.resultQueueUrl),
    clock: systemClock,
    random: Math.random,
    log,
    visibilitySeconds,
    delaySeconds,
    retrySeconds,
  };
  try {
    await Promise.all(Array.from({ length: settings.workers }, () => new Worker(parts, stop).run()));
  } finally {
    stop.close();
    await counter.close();
    clients.close();
  }
}

/** The first signal lets work in hand go on for a while, the second one gives it back at once. */
function stopOnSignals(stop: StopRequest, seconds: number): () => void {
  const onSignal = (signal: NodeJS.Signals): void =>
    stop.stop(`received ${signal}`, stop.drain.aborted ? 0 : seconds * 1_000);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Elsewhere, on a developer's machine for one, nobody answers for an instance. */
function isOnInstance(environment: Environment): boolean {
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return false;
  return (
    (environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '') !== '' ||
    environment['AWS_ENDPOINT_URL'] === undefined
  );
}

/** The end of the start of `up`: waits until the store serves, and says what there is now. */
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { KeyPair } from '../client/connection.ts';
import { S3Client } from '../client/s3-client.ts';
import { consoleAddress } from '../console/local-console.ts';
import type { ContactBook } from '../local/contact-book.ts';
import { STORE_STACK } from '../local/store-stack.ts';
import { DEFAULT_REGION } from '../settings.ts';
import type { CommandContext } from './command-context.ts';
import type { UpFlags } from './up.ts';

const ASK_EVERY_MS = 100;
const TELL_EVERY_MS = 10_000;
const STRAGGLERS_MS = 20_000;

/**
 * True once the store answers a signed request through the endpoint and every instance is in service; one that takes longer than
 * `STRAGGLERS_MS` is not waited for, since the store works without it. False when it is to stop first.
 */
export async function waitUntilServing(
  endpoint: string,
  keys: KeyPair,
  book: ContactBook,
  context: CommandContext,
): Promise<boolean> {
  const client = new S3Client({ endpoint, keys, region: DEFAULT_REGION }, { idleLimitMs: 5_000 });
  const startedMs = performance.now();
  let toldMs = startedMs;
  let answersSinceMs: number | undefined;
  try {
    while (!context.signal.aborted) {
      const nowMs = performance.now();
      if (answersSinceMs === undefined && (await answers(client))) answersSinceMs = nowMs;
      const patient = answersSinceMs !== undefined && nowMs - answersSinceMs < STRAGGLERS_MS;
      if (answersSinceMs !== undefined && (!patient || (await book.allInService()))) return true;
      if (nowMs - toldMs > TELL_EVERY_MS) {
        context.terminal.error(`waiting for the nodes for ${Math.round((nowMs - startedMs) / 1000)} s\n`);
        toldMs = nowMs;
      }
      await wait(ASK_EVERY_MS);
    }
    return false;
  } finally {
    client.close();
  }
}

async function answers(client: S3Client): Promise<boolean> {
  try {
    const answer = await client.send({ method: 'GET', path: '/' });
    answer.body.resume();
    return true;
  } catch {
    return false;
  }
}

export function readyLines(endpoint: string, consoleKey: string, flags: UpFlags): string[] {
  const folder = flags.data === '.crescendo' ? '' : ` --data ${flags.data}`;
  return [
    `endpoint      ${endpoint}   S3, EC2, Auto Scaling, CloudWatch, CloudFormation, SQS, SNS, DynamoDB, SSM, STS`,
    `console       ${consoleAddress(endpoint, consoleKey)}`,
    `stack         ${STORE_STACK}, ${flags.nodes} nodes that become up to ${flags.maxNodes} when they fill`,
    `data          ${resolve(flags.data)}`,
    '',
    'From a second terminal:',
    `  npx crescendo upload FILE...${folder}      npx crescendo ls${folder}`,
    `  npx crescendo download NAME${folder}       npx crescendo status${folder}`,
    `  npx crescendo deploy TEMPLATE${folder}     your own stack of groups, alarms and policies`,
    `  eval "$(npx crescendo env${folder})"       then any AWS or S3 client`,
    '',
    `ready ${endpoint}`,
  ];
}

/** Compares what the fleet said, on the results queue and in the table, with a count of another kind. */
import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { inParallel } from '../system/in-parallel.ts';
import { readObject } from '../system/objects.ts';
import type { Session } from '../system/session.ts';
import type { StackOutputs } from '../system/stack-outputs.ts';
import type { ResultMessage } from '../worker/job-result.ts';
import { type ExpectedWords, expectedWords, findWrongWords } from './expected-words.ts';

export interface CheckOptions {
  readonly files: readonly { readonly from: string; readonly to: string }[];
  readonly results: ReadonlyMap<string, readonly ResultMessage[]>;
  /** Keys whose failure is what should come. */
  readonly broken?: ReadonlySet<string>;
  readonly top?: number;
}

export interface CheckedResults {
  readonly right: number;
  /** Failures that should have come, and came. */
  readonly failed: number;
  /** What is not as it should be, in words. */
  readonly findings: readonly string[];
}

const AT_ONCE = 4;
const TOP = 10;

export async function checkResults(
  session: Session,
  stack: StackOutputs,
  options: CheckOptions,
): Promise<CheckedResults> {
  const findings: string[] = [];
  let right = 0;
  let failed = 0;
  const texts = new Map<string, Promise<ExpectedWords>>();
  const expected = (key: string): Promise<ExpectedWords> => {
    const known = texts.get(key) ?? readExpected(session, stack.UploadingBucket, key);
    texts.set(key, known);
    return known;
  };
  await inParallel(options.files, AT_ONCE, async ({ from, to }) => {
    const results = options.results.get(to) ?? [];
    const row = await readRow(session, stack, to);
    const isBroken = options.broken?.has(to) === true;
    const finding = isBroken
      ? findWrongFailure(results, row)
      : findWrongSuccess(results, row, await expected(from), options.top ?? TOP);
    if (finding !== undefined) findings.push(`${to}: ${finding}`);
    else if (isBroken) failed++;
    else right++;
  });
  return { right, failed, findings };
}

async function readExpected(session: Session, bucket: string, key: string): Promise<ExpectedWords> {
  return expectedWords(Buffer.from(await readObject(session.s3, bucket, key)).toString('utf8'));
}

type Row = Record<string, AttributeValue> | undefined;

async function readRow(session: Session, stack: StackOutputs, key: string): Promise<Row> {
  const { Item } = await session.dynamo.send(
    new GetItemCommand({
      TableName: stack.TableName,
      Key: { Filename: { S: `${stack.ProcessingBucket}/${key}` } },
      ConsistentRead: true,
    }),
  );
  return Item;
}

function findWrongFailure(results: readonly ResultMessage[], row: Row): string | undefined {
  if (row !== undefined) return 'a file that cannot be counted has a row';
  if (results.length === 0) return 'no result';
  const success = results.find(({ Status }) => Status !== 'failure');
  return success === undefined ? undefined : 'a file that cannot be counted has a result that says success';
}

function findWrongSuccess(
  results: readonly ResultMessage[],
  row: Row,
  expected: ExpectedWords,
  top: number,
): string | undefined {
  if (results.length === 0) return 'no result';
  for (const { Status, StatusMessage, Words } of results) {
    if (Status !== 'success') return `the result says ${Status}: ${StatusMessage}`;
    const wrong = findWrongWords(Words, expected, top);
    if (wrong !== undefined) return `the result has ${wrong}`;
  }
  if (row === undefined) return 'no row in the table';
  const wanted = new Map(
    results[0]!.Words.filter(({ Word }) => Word !== '').map(({ Word, Count }) => [Word, Count]),
  );
  const got = Object.entries(row['Words']?.M ?? {});
  const same = got.length === wanted.size && got.every(([word, { N }]) => wanted.get(word) === Number(N));
  return same ? undefined : `the row has ${JSON.stringify(Object.fromEntries(got))}`;
}

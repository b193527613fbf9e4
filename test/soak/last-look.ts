/** What is asked of the store when the load has ended: every key once more, and the listing of everything. */
import type { TestClient } from '../e2e/testing/s3-client.ts';
import { type Judgement, judge } from './judgement.ts';
import { BUCKET, type Door, type Load } from './load.ts';

const READERS = 8;

export async function lookLast<Place extends Door>(
  load: Load<Place>,
  client: TestClient,
): Promise<Judgement> {
  await load.stop();
  await readEverything(load);
  const judgement = judge(load);
  return { ...judgement, lost: [...judgement.lost, ...(await findUnlisted(client, load.kept))] };
}

async function readEverything<Place extends Door>(load: Load<Place>): Promise<void> {
  const keys = [...load.keys];
  const reader = async (): Promise<void> => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) await load.read(key);
  };
  await Promise.all(Array.from({ length: READERS }, reader));
}

/** Keys that were written once and are not in the listing of everything. */
async function findUnlisted(client: TestClient, kept: ReadonlyMap<string, string>): Promise<string[]> {
  const listed = new Map((await client.listAll(BUCKET)).map((one) => [one.key, one.etag]));
  return [...kept]
    .filter(([key, etag]) => listed.get(key) !== etag)
    .map(([key]) => `${key} is not in the listing of everything as it was written`);
}

import { randomBytes } from 'node:crypto';
import { childText, encodePercent, parseXml } from '../../packages/s3/src/index.ts';
import { HttpConnection, type RawAnswer } from './http-connection.ts';
import {
  type FillJob,
  type Job,
  type JobResult,
  type ListJob,
  type MultipartJob,
  objectPath,
  type RepeatJob,
  type Target,
} from './job.ts';
import { RequestPreparer } from './prepare-request.ts';
import { Tally } from './tally.ts';

export async function runJob(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'repeat':
      return repeat(job);
    case 'fill':
      return fill(job);
    case 'list':
      return list(job);
    case 'multipart':
      return multipart(job);
  }
}

/** Requests are signed before the clock runs. */
async function repeat(job: RepeatJob): Promise<JobResult> {
  const preparer = new RequestPreparer(job.target);
  const body = job.method === 'PUT' ? randomBytes(job.bodyBytes) : undefined;
  const heads = job.paths.map((path) =>
    preparer.head({ method: job.method, path, ...(body === undefined ? {} : { body }) }),
  );
  const bytes = body?.length ?? 0;
  return onConnections(job.target, job.connections, async (connections, tally) => {
    const endMs = performance.now() + job.limitMs;
    let next = 0;
    await Promise.all(
      connections.map(async (connection) => {
        while (performance.now() < endMs) {
          const beganMs = performance.now();
          const answer = await connection.send(heads[next++ % heads.length]!, body);
          note(tally, answer, beganMs, bytes + answer.bytes);
        }
      }),
    );
  });
}

/** Keys are signed one by one while it runs: nobody holds a hundred thousand prepared requests. */
function fill(job: FillJob): Promise<JobResult> {
  const preparer = new RequestPreparer(job.target);
  const body = randomBytes(job.bodyBytes);
  return onConnections(job.target, job.connections, async (connections, tally) => {
    let next = 0;
    await Promise.all(
      connections.map(async (connection) => {
        while (next < job.count) {
          const path = objectPath(job.prefix, next++);
          const beganMs = performance.now();
          note(
            tally,
            await connection.send(preparer.head({ method: 'PUT', path, body }), body),
            beganMs,
            body.length,
          );
        }
      }),
    );
  });
}

function list(job: ListJob): Promise<JobResult> {
  const preparer = new RequestPreparer(job.target);
  return onConnections(job.target, job.walkers, async (connections, tally) => {
    const endMs = performance.now() + job.limitMs;
    await Promise.all(
      connections.map(async (connection) => {
        let token: string | undefined;
        while (performance.now() < endMs) {
          const more = token === undefined ? '' : `continuation-token=${encodePercent(token)}&`;
          const head = preparer.head({ method: 'GET', path: `/${job.bucket}`, query: `?${more}list-type=2` });
          const beganMs = performance.now();
          const answer = await connection.send(head, undefined, true);
          const text = answer.body!.toString();
          token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1];
          const keys = Number(/<KeyCount>(\d+)</.exec(text)?.[1] ?? 0);
          if (answer.status === 200) tally.answered(beganMs, answer.bytes, keys);
          else tally.wrong(`${answer.status} ${text.slice(0, 300)}`);
        }
      }),
    );
  });
}

const PARTS_AT_ONCE = 4;

function multipart(job: MultipartJob): Promise<JobResult> {
  const preparer = new RequestPreparer(job.target);
  const body = randomBytes(job.partBytes);
  const { path } = job;
  return onConnections(job.target, PARTS_AT_ONCE, async (connections, tally) => {
    const endMs = performance.now() + job.limitMs;
    do {
      const beganMs = performance.now();
      const created = await connections[0]!.send(
        preparer.head({ method: 'POST', path, query: '?uploads', body: NO_BYTES }),
        undefined,
        true,
      );
      const uploadId = childText(parseXml(created.body!.toString()), 'UploadId')!;
      let next = 1;
      await Promise.all(
        connections.map(async (connection) => {
          while (next <= job.parts) {
            const query = `?partNumber=${next++}&uploadId=${encodePercent(uploadId)}`;
            const { status } = await connection.send(
              preparer.head({ method: 'PUT', path, query, body }),
              body,
            );
            if (status !== 200) tally.wrong(`part: ${status}`);
          }
        }),
      );
      const etags = await partTags(connections[0]!, preparer, path, uploadId);
      const document = Buffer.from(
        `<CompleteMultipartUpload>${etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`,
      );
      const query = `?uploadId=${encodePercent(uploadId)}`;
      const head = preparer.head({ method: 'POST', path, query, body: document });
      note(tally, await connections[0]!.send(head, document), beganMs, job.parts * job.partBytes);
    } while (performance.now() < endMs);
  });
}

async function partTags(
  connection: HttpConnection,
  preparer: RequestPreparer,
  path: string,
  uploadId: string,
): Promise<string[]> {
  const head = preparer.head({ method: 'GET', path, query: `?uploadId=${encodePercent(uploadId)}` });
  const { body } = await connection.send(head, undefined, true);
  return [...body!.toString().matchAll(/<ETag>([^<]*)</g)].map((match) => match[1]!);
}

const NO_BYTES = Buffer.alloc(0);

function note(tally: Tally, answer: RawAnswer, beganMs: number, bytes: number): void {
  if (answer.status === 200) tally.answered(beganMs, bytes);
  else tally.wrong(`status ${answer.status}`);
}

async function onConnections(
  { host, port }: Target,
  count: number,
  work: (connections: readonly HttpConnection[], tally: Tally) => Promise<void>,
): Promise<JobResult> {
  const connections = await Promise.all(Array.from({ length: count }, () => HttpConnection.open(host, port)));
  const tally = new Tally();
  try {
    await work(connections, tally);
  } catch (cause) {
    tally.wrong(cause instanceof Error ? cause.message : String(cause));
  } finally {
    for (const connection of connections) connection.close();
  }
  return tally.result();
}

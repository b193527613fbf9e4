/**
 * Files with contents that can be checked: what was acknowledged is remembered with its SHA-256, read again, and compared.
 *
 * (W1) A name is written once. What was acknowledged must be there with the same bytes until it is deleted.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

export const BUCKET = 'demo';
const POOL_BYTES = 16 * 1024 * 1024;
const DELETE_BATCH = 500;

export interface WorkloadCounts {
  readonly files: number;
  readonly bytes: number;
  readonly verified: number;
  readonly lost: number;
  readonly wrong: number;
  /** Calls that failed after the SDK's own retries. */
  readonly failed: number;
}

interface StoredFile {
  readonly bytes: number;
  readonly sha256: string;
}

export class Workload {
  private readonly s3: S3Client;
  private readonly pool = randomBytes(POOL_BYTES);
  private readonly files = new Map<string, StoredFile>();
  private readonly problems: string[] = [];
  private next = 0;
  private written = 0;
  private verified = 0;
  private lost = 0;
  private wrong = 0;
  private failed = 0;

  constructor(s3: S3Client) {
    this.s3 = s3;
  }

  async prepare(): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  }

  get counts(): WorkloadCounts {
    const { written: files, verified, lost, wrong, failed } = this;
    return { files, bytes: this.heldBytes, verified, lost, wrong, failed };
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const file of this.files.values()) bytes += file.bytes;
    return bytes;
  }

  /** What went wrong, in words; at most a few. */
  get findings(): readonly string[] {
    return this.problems;
  }

  /** Writes one file of the given size; one that fails is counted and forgotten. */
  async write(bytes: number): Promise<void> {
    const name = `file-${String(this.next++).padStart(6, '0')}`;
    const start = Math.floor(Math.random() * (POOL_BYTES - bytes));
    const body = Buffer.concat([Buffer.from(`${name}\n`), this.pool.subarray(start, start + bytes)]);
    const sha256 = createHash('sha256').update(body).digest('hex');
    try {
      await this.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: name, Body: body }));
    } catch (error) {
      this.fail(`writing ${name}`, error);
      return;
    }
    this.files.set(name, { bytes: body.length, sha256 });
    this.written++;
  }

  /** Reads some file again and compares it. */
  async verifyAny(): Promise<void> {
    const names = [...this.files.keys()];
    const name = names[Math.floor(Math.random() * names.length)];
    if (name !== undefined) await this.verify(name);
  }

  /** (W1) */
  async verifyAll(parallel: number, seen: (done: number, all: number) => void): Promise<void> {
    const names = [...this.files.keys()];
    const all = names.length;
    let done = 0;
    const worker = async (): Promise<void> => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await this.verify(name);
        seen(++done, all);
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }

  /** Deletes the newest files until at most `keepBytes` are left. */
  async shrinkTo(keepBytes: number): Promise<void> {
    let held = this.heldBytes;
    const doomed: string[] = [];
    for (const [name, { bytes }] of [...this.files].reverse()) {
      if (held <= keepBytes) break;
      doomed.push(name);
      held -= bytes;
    }
    while (doomed.length > 0) {
      const batch = doomed.splice(0, DELETE_BATCH);
      for (const name of batch) this.files.delete(name);
      const Objects = batch.map((Key) => ({ Key }));
      await this.s3
        .send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }))
        .catch((error: unknown) => this.fail('deleting files', error));
    }
  }

  private async verify(name: string): Promise<void> {
    const known = this.files.get(name);
    if (known === undefined) return;
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: name }));
      const hash = createHash('sha256');
      for await (const piece of Body as AsyncIterable<Uint8Array>) hash.update(piece);
      if (!this.files.has(name)) return; // Deleted meanwhile.
      if (hash.digest('hex') === known.sha256) this.verified++;
      else {
        this.wrong++;
        this.note(`${name} came back with other bytes`);
      }
    } catch (error) {
      if (!this.files.has(name)) return;
      if (error instanceof Error && error.name === 'NoSuchKey') {
        this.lost++;
        this.note(`${name} is gone`);
      } else this.fail(`reading ${name}`, error);
    }
  }

  private fail(what: string, error: unknown): void {
    this.failed++;
    this.note(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  }

  private note(text: string): void {
    if (this.problems.length < 10) this.problems.push(text);
  }
}

/**
 * Clients that go on whatever happens: half reads, half writes, at a steady pace. Each owns its names, so it knows what a read must give.
 *
 * (C1) A read gives the bytes of the owner's last acknowledged write; after a write that failed, of either.
 */
import { createHash, randomBytes } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { BUCKET } from './workload.ts';

export type Phase = 'rest' | 'moving';

export interface LoadReport {
  readonly requests: number;
  readonly failed: number;
  readonly wrong: number;
  /** Milliseconds; 0 where nothing was asked in the phase. */
  readonly p99Ms: Readonly<Record<Phase, number>>;
  readonly slowestMs: Readonly<Record<Phase, number>>;
}

const CLIENTS = 4;
const NAMES = 25;
const BYTES = 16 * 1024;
const PAUSE_MS = 50;

export class ConstantLoad {
  /** Set by whoever sees the store. */
  phase: Phase = 'rest';
  private readonly s3: S3Client;
  private readonly latencies: Record<Phase, number[]> = { rest: [], moving: [] };
  private readonly clients: Promise<void>[] = [];
  private stopped = false;
  private requests = 0;
  private failed = 0;
  private wrong = 0;

  constructor(s3: S3Client) {
    this.s3 = s3;
  }

  start(): void {
    for (let client = 0; client < CLIENTS; client++) this.clients.push(this.run(client));
  }

  async stop(): Promise<LoadReport> {
    this.stopped = true;
    await Promise.all(this.clients);
    const { requests, failed, wrong } = this;
    const of = (pick: (sorted: number[]) => number): Record<Phase, number> => ({
      rest: pick(this.latencies.rest.sort((a, b) => a - b)),
      moving: pick(this.latencies.moving.sort((a, b) => a - b)),
    });
    return {
      requests,
      failed,
      wrong,
      p99Ms: of((sorted) => sorted[Math.floor(sorted.length * 0.99)] ?? 0),
      slowestMs: of((sorted) => sorted.at(-1) ?? 0),
    };
  }

  private async run(client: number): Promise<void> {
    const allowed = new Map<string, Set<string>>();
    for (let turn = 0; !this.stopped; turn++) {
      const name = `client-${client}/${Math.floor(turn / 2) % NAMES}`;
      await this.timed(() => (turn % 2 === 0 ? this.write(name, allowed) : this.read(name, allowed)));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async timed(request: () => Promise<void>): Promise<void> {
    const { phase } = this;
    const startMs = performance.now();
    this.requests++;
    try {
      await request();
    } catch {
      this.failed++;
    }
    this.latencies[phase].push(performance.now() - startMs);
  }

  private async write(name: string, allowed: Map<string, Set<string>>): Promise<void> {
    const body = randomBytes(BYTES);
    const sha256 = digest(body);
    allowed.set(name, new Set([...(allowed.get(name) ?? []), sha256])); // (C1)
    await this.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: name, Body: body }));
    allowed.set(name, new Set([sha256]));
  }

  private async read(name: string, allowed: Map<string, Set<string>>): Promise<void> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: name }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
    if (allowed.get(name)?.has(digest(bytes)) !== true) this.wrong++;
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Standard queues against a plain list, over random histories: sends, delays, receives, visibility, deletions, garbage, crashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@aws-sdk/client-sqs';
import { type Random, seededRandom } from '@crescendo/base';
import { SqsFixture } from './testing/sqs-fixture.ts';

interface Expected {
  /** When it can be received. */
  visibleAtMs: number;
  receiveCount: number;
  held: Message | undefined;
}

const STEPS = 400;
const VISIBILITY_SECONDS = 10;
const LIMITS = { segmentBytes: 4_096, spareBytes: 4_096 };

class History {
  readonly #sqs: SqsFixture;
  readonly #url: string;
  readonly #random: Random;
  readonly #messages = new Map<string, Expected>();
  #sent = 0;

  constructor(sqs: SqsFixture, url: string, random: Random) {
    this.#sqs = sqs;
    this.#url = url;
    this.#random = random;
  }

  async step(): Promise<void> {
    const choice = this.#random.int(20);
    if (choice < 6) await this.#send();
    else if (choice < 11) await this.#receive();
    else if (choice < 15) await this.#delete();
    else if (choice < 17) await this.#change();
    else if (choice < 19) this.#sqs.clock.advance(this.#random.int(8_000));
    else await this.#sqs.crash();
    await this.#compare();
  }

  get #nowMs(): number {
    return this.#sqs.clock.wallMs();
  }

  async #send(): Promise<void> {
    const body = `${this.#sent++} ${'x'.repeat(this.#random.int(200))}`;
    const delay = this.#random.chance(0.2) ? this.#random.int(20) : 0;
    await this.#sqs.send(this.#url, body, { DelaySeconds: delay });
    const visibleAtMs = this.#nowMs + delay * 1_000;
    this.#messages.set(body, { visibleAtMs, receiveCount: 0, held: undefined });
  }

  async #receive(): Promise<void> {
    const most = 1 + this.#random.int(10);
    const ready = [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= this.#nowMs);
    const taken = await this.#sqs.receive(this.#url, { MaxNumberOfMessages: most });
    assert.equal(taken.length, Math.min(most, ready.length));
    for (const message of taken) {
      const expected = this.#messages.get(message.Body!);
      assert.ok(
        expected !== undefined && expected.visibleAtMs <= this.#nowMs,
        `${message.Body} may not come`,
      );
      expected.receiveCount += 1;
      assert.equal(message.Attributes?.ApproximateReceiveCount, String(expected.receiveCount));
      expected.visibleAtMs = this.#nowMs + VISIBILITY_SECONDS * 1_000;
      expected.held = message;
    }
  }

  async #delete(): Promise<void> {
    const body = this.#someHeld();
    if (body === undefined) return;
    await this.#sqs.delete(this.#url, this.#messages.get(body)!.held!);
    this.#messages.delete(body);
  }

  async #change(): Promise<void> {
    const expected = this.#messages.get(this.#someHeld() ?? '');
    if (expected === undefined || expected.visibleAtMs <= this.#nowMs) return;
    const VisibilityTimeout = this.#random.int(30);
    const { ReceiptHandle } = expected.held!;
    await this.#sqs.call('ChangeMessageVisibility', {
      QueueUrl: this.#url,
      ReceiptHandle,
      VisibilityTimeout,
    });
    expected.visibleAtMs = this.#nowMs + VisibilityTimeout * 1_000;
  }

  #someHeld(): string | undefined {
    const held = [...this.#messages].filter(([, one]) => one.held !== undefined);
    return held.length === 0 ? undefined : this.#random.pick(held)[0];
  }

  async #compare(): Promise<void> {
    const all = [...this.#messages.values()];
    const waiting = all.filter(({ visibleAtMs }) => visibleAtMs > this.#nowMs);
    const inFlight = waiting.filter(({ receiveCount }) => receiveCount > 0).length;
    const counts = `${all.length - waiting.length} ${inFlight} ${waiting.length - inFlight}`;
    assert.equal(await this.#sqs.counts(this.#url), counts);
  }
}

for (const seed of [1, 2, 3])
  test(`[SQS4] [SQS13] a random history is as in a plain list, seed ${seed}`, async (t) => {
    const sqs = await SqsFixture.for(t, LIMITS);
    const url = await sqs.queue('q', { VisibilityTimeout: String(VISIBILITY_SECONDS) });
    const history = new History(sqs, url, seededRandom(seed));
    for (let step = 0; step < STEPS; step++) await history.step();
  });

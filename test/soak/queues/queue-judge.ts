/**
 * What clients were told, held against what a queue promises. It knows no network; times are milliseconds of one clock.
 *
 * A receive happened at some moment between its request and its answer, so a message that is given out again is judged by the earliest end of
 * its first visibility time and the latest moment of the second receive: what is called wrong was wrong.
 *
 * (J1) A message whose sending was acknowledged is delivered.
 * (J2) It is not delivered again within its visibility time.
 * (J3) It is not delivered after its deletion was acknowledged within that time.
 * (J4) A count of receives rises with every delivery.
 * In FIFO queues:
 * (J5) It is delivered only when what was sent before it in its group has been deleted or stands before it in the same answer.
 * (J6) Whatever was sent again under the same deduplication id is one message.
 */
export interface Delivered {
  readonly token: string;
  readonly messageId: string;
  readonly receiveCount: number;
}

/** An answer with messages. */
export interface Answer {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly visibilityMs: number;
  readonly messages: readonly Delivered[];
}

interface Known {
  acknowledged: boolean;
  readonly messageIds: Set<string>;
  deliveries: number;
  receiveCount: number;
  /** Nobody else may have it before. */
  heldUntilMs: number;
  /** When the deletion was asked for, and when it was acknowledged, in the visibility time. */
  deleting: boolean;
  deletedMs: number;
}

export interface QueueReport {
  readonly acknowledged: number;
  readonly deliveries: number;
  readonly deleted: number;
  /** What was delivered more than once, as it may be. */
  readonly repeated: number;
  readonly violations: readonly string[];
}

export class QueueJudge {
  readonly #isFifo: boolean;
  readonly #known = new Map<string, Known>();
  /** Of each group, in the order in which they were acknowledged or are being sent. */
  readonly #groups = new Map<string, string[]>();
  readonly #violations: string[] = [];

  constructor(isFifo: boolean) {
    this.#isFifo = isFifo;
  }

  /** Before the first try to send it. */
  sending(token: string, group = ''): void {
    const state = { acknowledged: false, messageIds: new Set<string>(), deliveries: 0, receiveCount: 0 };
    this.#known.set(token, {
      ...state,
      heldUntilMs: 0,
      deleting: false,
      deletedMs: Number.POSITIVE_INFINITY,
    });
    if (this.#isFifo) this.#groups.set(group, [...(this.#groups.get(group) ?? []), token]);
  }

  knows(token: string): boolean {
    return this.#known.has(token);
  }

  acknowledged(token: string, messageId: string): void {
    const message = this.#known.get(token)!;
    message.acknowledged = true;
    if (this.#isFifo) this.#sameMessage(token, message, messageId);
  }

  received(answer: Answer): void {
    for (const [i, delivered] of answer.messages.entries()) {
      const message = this.#known.get(delivered.token);
      if (message === undefined) {
        this.#violations.push(`${delivered.token} was delivered and never sent`);
        continue;
      }
      this.#checkTimes(delivered, message, answer);
      if (this.#isFifo) {
        this.#sameMessage(delivered.token, message, delivered.messageId);
        this.#checkOrder(delivered.token, answer.messages.slice(0, i));
      }
      message.deliveries += 1;
      message.receiveCount = delivered.receiveCount;
      message.heldUntilMs = answer.askedMs + answer.visibilityMs;
    }
  }

  deleting(token: string): void {
    this.#known.get(token)!.deleting = true;
  }

  /** By the handle of the newest receive. */
  deleted(token: string, nowMs: number): void {
    const message = this.#known.get(token)!;
    if (nowMs < message.heldUntilMs) message.deletedMs = nowMs;
  }

  /** At the end, when everything that was left has been received. (J1) */
  report(): QueueReport {
    const all = [...this.#known];
    const lost = all.filter(([, { acknowledged, deliveries }]) => acknowledged && deliveries === 0);
    return {
      acknowledged: all.filter(([, { acknowledged }]) => acknowledged).length,
      deliveries: all.reduce((sum, [, { deliveries }]) => sum + deliveries, 0),
      deleted: all.filter(([, { deletedMs }]) => Number.isFinite(deletedMs)).length,
      repeated: all.filter(([, { deliveries }]) => deliveries > 1).length,
      violations: [...this.#violations, ...lost.map(([token]) => `(J1) ${token} is lost`)],
    };
  }

  #checkTimes({ token, receiveCount }: Delivered, message: Known, { askedMs, answeredMs }: Answer): void {
    if (answeredMs < message.heldUntilMs)
      this.#violations.push(`(J2) ${token} was delivered again ${message.heldUntilMs - answeredMs} ms early`);
    if (askedMs > message.deletedMs)
      this.#violations.push(
        `(J3) ${token} was delivered ${askedMs - message.deletedMs} ms after its deletion`,
      );
    if (receiveCount <= message.receiveCount)
      this.#violations.push(`(J4) ${token}: ${receiveCount} receives after ${message.receiveCount}`);
  }

  /** (J5) */
  #checkOrder(token: string, before: readonly Delivered[]): void {
    for (const group of this.#groups.values()) {
      const place = group.indexOf(token);
      if (place < 0) continue;
      const missing = group
        .slice(0, place)
        .find((one) => !this.#known.get(one)!.deleting && !before.some((other) => other.token === one));
      if (missing !== undefined) this.#violations.push(`(J5) ${token} was delivered before ${missing}`);
      return;
    }
  }

  /** (J6) */
  #sameMessage(token: string, { messageIds }: Known, messageId: string): void {
    messageIds.add(messageId);
    if (messageIds.size > 1) this.#violations.push(`(J6) ${token} is ${messageIds.size} messages`);
  }
}

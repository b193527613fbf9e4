import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Mutual proof of the cluster's secret. The dialler says who it is and sends a nonce; the listener answers with its own and an HMAC over all
 * of it; the dialler answers with another. Neither sees the secret, neither HMAC can be used for the other direction or for other parties.
 */
export const PROTOCOL = { newest: 1, oldest: 1 } as const;
export const NONCE_BYTES = 24;

export interface Hello {
  readonly oldest: number;
  readonly newest: number;
  readonly node: string;
  /** Empty while joining. */
  readonly cluster: string;
  /** Where its peer door listens. */
  readonly address: string;
  /** Drawn anew at each start of a process. */
  readonly boot: string;
  readonly nonce: Uint8Array;
}

export interface HelloReply extends Hello {
  readonly version: number;
  readonly proof: Uint8Array;
}

/** What the listener says instead of a reply. */
export interface Refusal {
  readonly refused: string;
  /** Where another node with the dialler's identity is connected from. A hint: who wants to know asks there. */
  readonly heldAt?: string;
  /** The listener has the dialler's identity itself, and shows that it belongs to the cluster: nobody else can end a node with such a word. */
  readonly twin?: Hello & { readonly proof: Uint8Array };
}

/** Where the holder of this identity listens, when the refusal proves that the listener is one. */
export function provenTwin(secret: string, dialler: Hello, refusal: unknown): string | undefined {
  const twin = (refusal as Refusal | null)?.twin;
  const listener = parseHello(twin);
  if (listener === undefined || listener.node !== dialler.node || listener.boot === dialler.boot)
    return undefined;
  return isProof(twin?.proof, prove(secret, 'twin', dialler, listener)) ? listener.address : undefined;
}

/** An address that another node's refusal names; undefined when it names none. */
export function heldAt(refusal: unknown): string | undefined {
  const address = (refusal as Refusal | null)?.heldAt;
  return typeof address === 'string' && /^\S{1,250}:\d{1,5}$/.test(address) ? address : undefined;
}

export function prove(
  secret: string,
  side: 'dialler' | 'listener' | 'twin',
  dialler: Hello,
  listener: Hello,
): Buffer {
  const said = [dialler, listener].flatMap((hello) => [
    hello.node,
    hello.cluster,
    hello.address,
    hello.boot,
    `${hello.oldest}-${hello.newest}`,
    Buffer.from(hello.nonce).toString('hex'),
  ]);
  return createHmac('sha256', secret)
    .update(JSON.stringify(['crescendo peer', side, ...said]))
    .digest();
}

export function isProof(proof: unknown, expected: Buffer): boolean {
  return proof instanceof Uint8Array && proof.length === expected.length && timingSafeEqual(proof, expected);
}

/** The version that both speak; undefined when there is none. */
export function commonVersion(
  a: Pick<Hello, 'oldest' | 'newest'>,
  b: Pick<Hello, 'oldest' | 'newest'>,
): number | undefined {
  const version = Math.min(a.newest, b.newest);
  return version >= Math.max(a.oldest, b.oldest) ? version : undefined;
}

export function parseHello(value: unknown): Hello | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { oldest, newest, node, cluster, address, boot, nonce } = value as Record<string, unknown>;
  const texts = [node, cluster, address, boot];
  if (!texts.every((text) => typeof text === 'string' && text.length <= 256)) return undefined;
  if (!Number.isSafeInteger(oldest) || !Number.isSafeInteger(newest)) return undefined;
  if (!(nonce instanceof Uint8Array) || nonce.length !== NONCE_BYTES) return undefined;
  return value as Hello;
}

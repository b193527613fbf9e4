/**
 * What a queue was told against what clients did. Rules covered every write and removal in one bucket; only their destination changed.
 *
 * (T1) Every acknowledged write and every acknowledged removal of what was there is told.
 * (T2) Nothing is told of a write that was refused, or that nobody asked for; sizes and kinds are right.
 * (T3) A write is one event: whatever is told again is the same one.
 * (T4) At each destination the first deliveries of the events of a key come in the order of their indexes.
 * (T5) Who wrote after another write was acknowledged has the higher index.
 * (T6) A write that began after new rules were acknowledged is told by them, or later ones; never by rules that nobody had put yet.
 */
import type { ObjectEvent } from '../ports.ts';
import type { Operation } from '../store/operation.ts';
import type { Delivery } from '../store/sim-queue.ts';

/** One change of rules: all events to `destination`. */
export interface Route {
  readonly destination: string;
  readonly startMs: number;
  /** Infinity until it was acknowledged. */
  endMs: number;
}

type Put = Operation & { readonly request: { readonly kind: 'put' } };

export interface ToldHistory {
  readonly bucket: string;
  readonly operations: readonly Operation[];
  readonly deliveries: readonly Delivery[];
  /** In the order in which they were put, each after the one before it was acknowledged. */
  readonly routes: readonly Route[];
}

/** (T1) The first write that is not told yet. */
export function findUntold(history: ToldHistory): string | undefined {
  const events = distinctEvents(history.deliveries);
  const told = new Set(events.map(({ key, etag }) => `${key} ${etag ?? ''}`));
  for (const { id, request, response } of putsOf(history)) {
    if (response.kind === 'ok' && !told.has(`${request.key} ${request.etag}`))
      return `put #${id} of ${request.key} is not told`;
  }
  for (const [key, { certain }] of removals(history)) {
    const found = events.filter((event) => event.key === key && event.etag === undefined).length;
    if (found < certain) return `${found} of ${certain} removals of ${key} are told`;
  }
  return undefined;
}

export function checkTold(history: ToldHistory): string[] {
  return [
    ...checkEvents(history),
    ...checkRemovals(history),
    ...checkOrder(history.deliveries),
    ...checkWrites(history),
  ];
}

function distinctEvents(deliveries: readonly Delivery[]): ObjectEvent[] {
  const found = new Map<string, ObjectEvent>();
  for (const { event } of deliveries) found.set(`${event.key} ${event.index}`, event);
  return [...found.values()];
}

function putsOf({ operations, bucket }: ToldHistory): Put[] {
  return operations.filter((operation): operation is Put => {
    return operation.request.kind === 'put' && operation.request.bucket === bucket;
  });
}

function removals({ operations, bucket }: ToldHistory): Map<string, { certain: number; possible: number }> {
  const found = new Map<string, { certain: number; possible: number }>();
  for (const { request, response } of operations) {
    if (request.kind !== 'delete' || request.bucket !== bucket) continue;
    const counts = found.get(request.key) ?? { certain: 0, possible: 0 };
    if (response.kind === 'deleted' && response.existed) counts.certain++;
    if (response.kind === 'unknown') counts.possible++;
    found.set(request.key, counts);
  }
  return found;
}

/** (T2) (T3) */
function checkEvents(history: ToldHistory): string[] {
  const puts = new Map(putsOf(history).map((put) => [`${put.request.key} ${put.request.etag}`, put]));
  const seen = new Map<string, number>();
  const violations: string[] = [];
  for (const { bucket, key, etag, name, size, index } of distinctEvents(history.deliveries)) {
    if (bucket !== history.bucket) violations.push(`told of ${bucket}/${key}, where there are no rules`);
    if (etag === undefined) continue;
    const put = puts.get(`${key} ${etag}`);
    const kind = put !== undefined && put.request.parts > 0 ? 'CompleteMultipartUpload' : 'Put';
    if (put === undefined) violations.push(`told of ${key} ${etag}, which nobody wrote`);
    else if (put.response.kind === 'failed') violations.push(`told of put #${put.id}, which was refused`);
    else if (put.request.size !== size || name !== `s3:ObjectCreated:${kind}`)
      violations.push(`told of put #${put.id} as ${name} of ${size} bytes`);
    const other = seen.get(`${key} ${etag}`);
    if (other !== undefined)
      violations.push(`${key} ${etag} was told as write ${other} and as write ${index}`);
    seen.set(`${key} ${etag}`, index);
  }
  return violations;
}

/** (T2) (T3) for removals, which look alike. */
function checkRemovals(history: ToldHistory): string[] {
  const asked = removals(history);
  const told = new Map<string, number>();
  for (const { key, etag } of distinctEvents(history.deliveries))
    if (etag === undefined) told.set(key, (told.get(key) ?? 0) + 1);
  return [...told].flatMap(([key, count]) => {
    const { certain, possible } = asked.get(key) ?? { certain: 0, possible: 0 };
    return count <= certain + possible
      ? []
      : [`${count} removals of ${key} are told; at most ${certain + possible} were done`];
  });
}

/** (T4) */
function checkOrder(deliveries: readonly Delivery[]): string[] {
  const newest = new Map<string, number>();
  const known = new Set<string>();
  const violations: string[] = [];
  for (const { destination, event } of deliveries) {
    const name = `${event.key} at ${destination}`;
    if (known.has(`${name} ${event.index}`)) continue;
    known.add(`${name} ${event.index}`);
    const before = newest.get(name) ?? 0;
    if (event.index < before)
      violations.push(`${name}: write ${event.index} was told first after write ${before}`);
    newest.set(name, Math.max(before, event.index));
  }
  return violations;
}

/** (T5) (T6) */
function checkWrites(history: ToldHistory): string[] {
  const deliveries = new Map<string, Delivery>();
  for (const delivery of history.deliveries)
    deliveries.set(`${delivery.event.key} ${delivery.event.etag ?? ''}`, delivery);
  const told = putsOf(history).flatMap((put) => {
    const delivery = deliveries.get(`${put.request.key} ${put.request.etag}`);
    return delivery === undefined ? [] : [{ put, delivery }];
  });
  const violations: string[] = [];
  for (const { put, delivery } of told) {
    const wrong = wrongRoute(history.routes, put, delivery.destination);
    if (wrong !== undefined) violations.push(wrong);
    const earlier = told.find(
      (other) =>
        other.put.request.key === put.request.key &&
        other.put.response.kind === 'ok' &&
        other.put.endMs < put.startMs &&
        other.delivery.event.index >= delivery.event.index,
    );
    if (earlier !== undefined) violations.push(`put #${put.id} was told as earlier than #${earlier.put.id}`);
  }
  return violations;
}

function wrongRoute(
  routes: readonly Route[],
  { id, startMs, endMs }: Put,
  destination: string,
): string | undefined {
  const taken = routes.findIndex((route) => route.destination === destination);
  const acknowledged = routes.findLastIndex((route) => route.endMs < startMs);
  if (taken >= 0 && taken >= acknowledged && routes[taken]!.startMs <= endMs) return undefined;
  return `put #${id} went to ${destination}, although ${routes[acknowledged]?.destination ?? 'nothing'} was in force when it began`;
}

/** Events that can happen here, and the words that cover them. */
export const NOTIFIED_EVENTS = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
] as const;

/** AWS's other kinds: nothing here ever does what they tell of. */
const FOREIGN_KINDS =
  /^s3:(ReducedRedundancyLostObject|ObjectRestore|Replication|LifecycleTransition|LifecycleExpiration|IntelligentTiering|ObjectTagging|ObjectAcl|ObjectAnnotation)(:[A-Za-z]+|:\*)?$/;

export function isNotifiedEvent(text: string): boolean {
  return (NOTIFIED_EVENTS as readonly string[]).includes(text);
}

export function isForeignEvent(text: string): boolean {
  return FOREIGN_KINDS.test(text);
}

/** Some event is covered by both. */
export function eventsOverlap(a: string, b: string): boolean {
  return covers(a, b) || covers(b, a);
}

function covers(pattern: string, event: string): boolean {
  return pattern === event || (pattern.endsWith(':*') && event.startsWith(pattern.slice(0, -1)));
}

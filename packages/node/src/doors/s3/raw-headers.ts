import { fromUtf8Lenient } from '@crescendo/base';

/**
 * Headers as signatures need them: names in lower case, repeated ones joined, and text decoded from UTF-8 (node reads
 * header bytes as Latin-1). Node's own `headers` drops repetitions of some names.
 */
export function readHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const value = decodeText(rawHeaders[i + 1]!);
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before},${value}`;
  }
  return headers;
}

function decodeText(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 126) return fromUtf8Lenient(Buffer.from(value, 'latin1'));
  }
  return value;
}

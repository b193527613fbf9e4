/**
 * User data as cloud-init reads it: scripts that begin with `#!`, alone or as parts of a MIME multi-part document, plain or
 * compressed with gzip. What else cloud-init knows (`#cloud-config` and so on) is not carried out; each is named, so that the
 * console can say so.
 */
import { gunzipSync } from 'node:zlib';

export interface UserDataScript {
  readonly name: string;
  readonly text: string;
}

export interface ParsedUserData {
  readonly scripts: readonly UserDataScript[];
  /** What is not carried out, each as a sentence for the console. */
  readonly problems: readonly string[];
}

/** More than EC2's 16 KiB, because gzip may have made it smaller; less than what could fill a memory. */
const EXPANDED_LIMIT_BYTES = 1024 * 1024;

export function parseUserData(bytes: Uint8Array | undefined): ParsedUserData {
  if (bytes === undefined || bytes.length === 0) return { scripts: [], problems: [] };
  const expanded = expand(bytes);
  if (typeof expanded === 'string') return { scripts: [], problems: [expanded] };
  const text = new TextDecoder().decode(expanded);
  const boundary = /^(?:content-type|mime-version):[\s\S]*?boundary="?([^"\s;]+)"?/i.exec(text)?.[1];
  return boundary === undefined ? parsePart(text, 'user-data') : parseParts(text, boundary);
}

function expand(bytes: Uint8Array): Uint8Array | string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: EXPANDED_LIMIT_BYTES });
  } catch (error) {
    return `user data looks compressed but cannot be expanded: ${error instanceof Error ? error.message : error}`;
  }
}

function parseParts(text: string, boundary: string): ParsedUserData {
  const parts = text.split(new RegExp(`^--${escapePattern(boundary)}(?:--)?\\s*$`, 'm')).slice(1);
  const parsed = parts
    .filter((part) => part.trim() !== '')
    .map((part, index) =>
      parseMimePart(part.replace(/^\r?\n/, ''), `part-${String(index + 1).padStart(3, '0')}`),
    );
  return {
    scripts: parsed.flatMap(({ scripts }) => scripts),
    problems: parsed.flatMap(({ problems }) => problems),
  };
}

function parseMimePart(part: string, name: string): ParsedUserData {
  const [, head = '', body = ''] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(part) ?? [];
  const encoding = /^content-transfer-encoding:\s*(\S+)/im.exec(head)?.[1]?.toLowerCase();
  return parsePart(encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body, name);
}

function parsePart(text: string, name: string): ParsedUserData {
  if (text.startsWith('#!'))
    return { scripts: [{ name, text: text.replaceAll('\r\n', '\n') }], problems: [] };
  const start = JSON.stringify(text.slice(0, 40));
  const problem = `${name} is not carried out: it begins with ${start}, and only scripts that begin with #! are run here`;
  return { scripts: [], problems: [problem] };
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

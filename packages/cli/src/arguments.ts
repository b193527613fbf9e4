/** From the text of arguments to values. Each function fails with a `UsageError` that says what is allowed. */
import { UsageError } from './failures.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** 0 to 65,535; 0 lets the system choose. */
export function parsePort(text: string): number {
  return parseWholeNumber(text, 0, 65_535, 'a port');
}

export function parseWholeNumber(text: string, least: number, most: number, what = 'a number'): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`"${text}" is not ${what}: give a whole number from ${least} to ${most}`);
}

export function parsePositiveNumber(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`"${text}" is not a positive number`);
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: 2 ** 10,
  KB: 1e3,
  KIB: 2 ** 10,
  M: 2 ** 20,
  MB: 1e6,
  MIB: 2 ** 20,
  G: 2 ** 30,
  GB: 1e9,
  GIB: 2 ** 30,
  T: 2 ** 40,
  TB: 1e12,
  TIB: 2 ** 40,
};

/** `500GB` counts in thousands, `500GiB` and `500G` in 1,024s. */
export function parseByteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim());
  const unitBytes = match === null ? undefined : UNIT_BYTES[match[2]!.toUpperCase()];
  if (match === null || unitBytes === undefined) {
    throw new UsageError(
      `"${text}" is not a size: give bytes, or a number with a unit such as 500MB, 20GiB or 1T`,
    );
  }
  return Math.floor(Number(match[1]) * unitBytes);
}

/** `HOST:PORT`, with brackets around an IPv6 address. */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text.trim());
  const port = match === null ? 0 : Number(match[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new UsageError(`"${text}" is not an address: give HOST:PORT, for example 192.0.2.10:7000`);
  }
  return { host: match[1] ?? match[2]!, port };
}

/** Addresses separated by commas. */
export function parseHostPorts(text: string): HostPort[] {
  const addresses = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseHostPort);
  if (addresses.length === 0)
    throw new UsageError('no address was given: give HOST:PORT, separated by commas');
  return addresses;
}

export function formatHostPort(address: HostPort): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** S3's rules for names of buckets, in short. */
export function parseBucketName(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) && !text.includes('..')) return text;
  throw new UsageError(
    `"${text}" is not a bucket name: use 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit`,
  );
}

/** `http://HOST[:PORT]`, without a path. */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '')
    return url.origin;
  throw new UsageError(`"${text}" is not an endpoint: give for example http://127.0.0.1:4566`);
}

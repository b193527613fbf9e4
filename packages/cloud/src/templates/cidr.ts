/** The first `count` blocks of 2^`bits` addresses each inside an IPv4 block; the reason when there are none. */
export function cidrBlocks(block: string, count: number, bits: number): string[] | string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(block);
  if (match === null) return `${block} is no IPv4 block such as 10.0.0.0/16`;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return `${block} is no IPv4 block such as 10.0.0.0/16`;
  if (!Number.isInteger(count) || count < 1 || count > 256)
    return `count must be from 1 to 256, and it is ${count}`;
  if (!Number.isInteger(bits) || bits < 1 || bits > 32 - prefix)
    return `cidrBits must be from 1 to ${32 - prefix}, and it is ${bits}`;
  const available = 2 ** (32 - prefix - bits);
  if (count > available)
    return `${block} has room for ${available} blocks of ${bits} bits, and ${count} are asked for`;
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const start = address - (address % size);
  return Array.from({ length: count }, (_, index) => `${dotted(start + index * 2 ** bits)}/${32 - bits}`);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

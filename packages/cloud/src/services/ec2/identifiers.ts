import type { Random } from '@crescendo/base';

/** As AWS's: a prefix and 17 hexadecimal digits. */
export function makeId(prefix: string, random: Random): string {
  const digits = [...random.bytes(9)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${prefix}-${digits.slice(0, 17)}`;
}

/** Ids and names as AWS's look, from injected randomness. */
import type { Random } from '@crescendo/base';

export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const NAME_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** 20 letters and digits: what names and ids of one incarnation are made of. */
export function newToken(random: Random): string {
  return Array.from({ length: 20 }, () => NAME_LETTERS[random.int(NAME_LETTERS.length)]).join('');
}

/** `stack-LogicalId-1A2B3C4D5E6F`, shortened in front to the limit. */
export function generatedName(stackName: string, logicalId: string, token: string, limit = 255): string {
  const end = `-${token.slice(0, 12)}`;
  const room = limit - end.length;
  const whole = `${stackName}-${logicalId}`;
  return `${whole.length <= room ? whole : `${stackName.slice(0, Math.max(1, room - logicalId.length - 1))}-${logicalId}`.slice(0, room)}${end}`;
}

/** `prefix-` and 17 hexadecimal digits that follow from the token alone. */
export function idFromToken(prefix: string, token: string): string {
  let digits = '';
  for (let round = 0; digits.length < 17; round++) {
    let hash = 0x811c9dc5 ^ round;
    for (const letter of `${prefix}${round}${token}`)
      hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    digits += hash.toString(16).padStart(8, '0');
  }
  return `${prefix}-${digits.slice(0, 17)}`;
}

export function stackArn(region: string, accountId: string, stackName: string, random: Random): string {
  return `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/${uuid(random)}`;
}

export function changeSetArn(
  region: string,
  accountId: string,
  changeSetName: string,
  random: Random,
): string {
  return `arn:aws:cloudformation:${region}:${accountId}:changeSet/${changeSetName}/${uuid(random)}`;
}

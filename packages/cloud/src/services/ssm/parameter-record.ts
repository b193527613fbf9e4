/** What is kept of parameters. Times are milliseconds since 1970. */

export type ParameterType = 'String' | 'StringList' | 'SecureString';
export type ParameterTier = 'Standard' | 'Advanced';

/** In `ssm/parameters`, by name. */
export interface ParameterRecord {
  readonly version: 1;
  readonly type: ParameterType;
  readonly newest: number;
  readonly oldest: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** In `ssm/versions`, by `versionKey`. */
export interface VersionRecord {
  readonly number: number;
  readonly value: string | { readonly sealed: Uint8Array };
  readonly modifiedMs: number;
  readonly modifiedBy: string;
  readonly tier: ParameterTier;
  readonly dataType: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly labels: readonly string[];
}

/** In the order of numbers. A name holds no NUL. */
export function versionKey(name: string, number: number): string {
  return `${name}\0${String(number).padStart(10, '0')}`;
}

/** Reads a command's arguments; what is wrong with them is a usage error. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from '../system/failures.ts';

export function readArguments<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`${name} is ${JSON.stringify(text)}; give a whole number from ${least} to ${most}`);
}

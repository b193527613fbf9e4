import { readFileSync } from 'node:fs';
import { CommandFailure, reasonOf } from '../failures.ts';

/** Fails with a reason for people. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

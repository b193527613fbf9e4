/** The fixture that tests of the laboratory look at, and experiments on it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabTemplate, readTemplate } from '../cloud/lab-template.ts';
import type { Experiment, Variant } from '../run/experiment.ts';
import { type ExperimentSpec, parseExperiment } from '../run/experiment-spec.ts';
import { variantOf } from '../run/variants.ts';

const PATH = join(import.meta.dirname, '../../testdata/wordfreq.yaml');

export const readFile = (path: string): string => readFileSync(path, 'utf8');
export const WORDFREQ: LabTemplate = readTemplate('wordfreq.yaml', readFile(PATH));

/** The source's case: 120 files that take 10 to 19 s, one at a time on each instance. */
export function sourceCase(more: ExperimentSpec = {}): Experiment {
  return parseExperiment({ load: ['burst:120@0'], serviceTime: '10-19', workers: 1, ...more }, readFile);
}

export function policy(name: string, values: Readonly<Record<string, string>> = {}): Variant {
  return variantOf(name, WORDFREQ, { Policy: name, ...values });
}

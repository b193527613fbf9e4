import type {
  LabelParameterVersionCommandInput,
  UnlabelParameterVersionCommandInput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../../contract/service.ts';
import { notFound, type ParameterTable } from './parameter-table.ts';

const MAX_LABELS = 10;

/** A label stands at one version: it moves when it is given to another. */
export function labelVersion(table: ParameterTable, input: LabelParameterVersionCommandInput) {
  const { name, history, version } = versionOf(table, input.Name!, input.ParameterVersion);
  const labels = [...new Set(input.Labels!)];
  const wrong = labels.filter((label) => !isLabel(label));
  const good = labels.filter(isLabel);
  const after = [...new Set([...version.labels, ...good])];
  if (after.length > MAX_LABELS) {
    throw new AwsError('ParameterVersionLabelLimitExceeded', `A version has at most ${MAX_LABELS} labels.`);
  }
  for (const { version: other } of history) {
    const left = other.labels.filter((label) => !good.includes(label));
    if (other.number !== version.number && left.length < other.labels.length)
      table.setLabels(name, other, left);
  }
  table.setLabels(name, version, after);
  return { InvalidLabels: wrong, ParameterVersion: version.number };
}

export function unlabelVersion(table: ParameterTable, input: UnlabelParameterVersionCommandInput) {
  const { name, version } = versionOf(table, input.Name!, input.ParameterVersion);
  const [removed, invalid] = [
    input.Labels!.filter((label) => version.labels.includes(label)),
    input.Labels!.filter((label) => !version.labels.includes(label)),
  ];
  const left = version.labels.filter((label) => !removed.includes(label));
  table.setLabels(name, version, left);
  return { RemovedLabels: removed, InvalidLabels: invalid };
}

function versionOf(table: ParameterTable, name: string, number: number | undefined) {
  if (table.head(name) === undefined) throw notFound(name);
  const history = table.history(name);
  const found = number === undefined ? history.at(-1) : history.find((one) => one.version.number === number);
  if (found !== undefined) return { name, history, version: found.version };
  throw new AwsError('ParameterVersionNotFound', `${name} has no version ${number}.`);
}

function isLabel(label: string): boolean {
  return /^[A-Za-z_.-][A-Za-z0-9_.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label);
}

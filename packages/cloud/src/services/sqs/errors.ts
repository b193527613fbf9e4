/** The errors of SQS by the names that its model gives them; the wire adds the codes of the older protocol. */
import { AwsError } from '../../contract/service.ts';

export function noSuchQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/** `Reason` is a sentence without its full stop. */
export function invalidParameter(name: string, value: unknown, reason: string): AwsError {
  return new AwsError(
    'InvalidParameterValue',
    `Value ${shown(value)} for parameter ${name} is invalid. Reason: ${reason}.`,
  );
}

export function outOfRange(name: string, value: unknown, least: number, most: number): AwsError {
  return invalidParameter(name, value, `Must be between ${least} and ${most}, if provided`);
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

export function invalidAttributeValue(name: string, value: string, allowed: string): AwsError {
  return new AwsError(
    'InvalidAttributeValue',
    `Invalid value for the parameter ${name}: ${shown(value)}; ${allowed}.`,
  );
}

export function unknownAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

export function wrongQueueType(name: string, value: unknown): AwsError {
  return invalidParameter(name, value, 'The request include parameter that is not valid for this queue type');
}

export function invalidHandle(handle: string): AwsError {
  return new AwsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle.slice(0, 200)}" is not a valid receipt handle.`,
  );
}

/** An integer within the range, or the error of a parameter that is out of it. */
export function checkedRange(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
  throw outOfRange(name, value, least, most);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : String(JSON.stringify(value));
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

import { AwsError } from '../../contract/service.ts';

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function invalidValues(message: string): AwsError {
  return validation(`One or more parameter values were invalid: ${message}`);
}

export function noSuchTable(name?: string): AwsError {
  const which = name === undefined ? '' : `: Table: ${name} not found`;
  return new AwsError('ResourceNotFoundException', `Requested resource not found${which}`);
}

export function inUse(message: string): AwsError {
  return new AwsError('ResourceInUseException', message);
}

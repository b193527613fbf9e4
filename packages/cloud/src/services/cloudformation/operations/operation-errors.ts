/** CloudFormation's errors in its own words. */
import { AwsError } from '../../../contract/service.ts';
import { TemplateError } from '../../../templates/index.ts';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

export function noSuchStack(name: string): AwsError {
  return validationError(`Stack with id ${name} does not exist`);
}

/** Runs work on a template; what is wrong with it becomes a `ValidationError` that says where. */
export async function asValidation<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TemplateError) throw validationError(error.message);
    throw error;
  }
}

export function requiredText(value: string | undefined, name: string): string {
  if (value !== undefined && value !== '') return value;
  throw validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

export function assertName(value: string, member: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(value)) return;
  throw validationError(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*, and have length less than or equal to 128`,
  );
}

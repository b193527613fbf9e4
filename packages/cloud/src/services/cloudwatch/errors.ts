/** CloudWatch's errors, by the codes of its query protocol. */
import { AwsError } from '../../contract/service.ts';

export const invalidValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

export const invalidCombination = (message: string): AwsError =>
  new AwsError('InvalidParameterCombination', message);

export const missingParameter = (name: string): AwsError =>
  new AwsError('MissingParameter', `The parameter ${name} is required.`);

export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);

export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceeded', message);

export const invalidNextToken = (): AwsError =>
  new AwsError(
    'InvalidNextToken',
    'The next token is not one of this operation: use the one of the answer before',
  );

export const noSuchResource = (message: string): AwsError => new AwsError('ResourceNotFound', message, 404);

/** Refuses what would otherwise be passed over in silence. */
export function refuseUnknown(input: object, unsupported: readonly string[]): void {
  for (const name of unsupported)
    if ((input as Readonly<Record<string, unknown>>)[name] !== undefined)
      throw validationError(`${name} is not supported by the local cloud`);
}

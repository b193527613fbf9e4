import { S3_ERRORS } from '../errors/error-table.ts';
import { IMPLEMENTED_OPERATIONS } from '../request/operation.ts';
import {
  BUCKET_SUBRESOURCES,
  OBJECT_SUBRESOURCES,
  type SubresourceAnswer,
  type SubresourceOperation,
  subresourceOperations,
} from '../request/subresources.ts';

/** The table of `docs/reference/s3-errors.md`. */
export function errorsTable(): string {
  const rows = Object.entries(S3_ERRORS).map(
    ([code, [status, text]]) => `| \`${code}\` | ${status} | ${text} |`,
  );
  return ['| code | status | text |', '|---|---|---|', ...rows].join('\n');
}

/** The tables of `docs/reference/s3-operations.md`. */
export function operationsTables(): { done: string; answered: string; refused: string } {
  const operations = [BUCKET_SUBRESOURCES, OBJECT_SUBRESOURCES]
    .flatMap(subresourceOperations)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const answered = operations.filter((operation) => operation.answer !== undefined);
  const refused = operations.filter((operation) => operation.answer === undefined);
  return {
    done: IMPLEMENTED_OPERATIONS.map((name) => `- ${name}`).join('\n'),
    answered: ['| operation | answer |', '|---|---|', ...answered.map(answeredRow)].join('\n'),
    refused: refused.map(({ name }) => `- ${name}`).join('\n'),
  };
}

function answeredRow({ name, answer }: SubresourceOperation): string {
  return `| ${name} | ${answerText(answer!)} |`;
}

function answerText(answer: SubresourceAnswer): string {
  switch (answer.kind) {
    case 'error':
      return `\`${answer.code}\``;
    case 'noContent':
      return '204: there was nothing to remove';
    case 'empty':
      return `an empty \`${answer.root}\``;
    case 'document':
      return {
        acl: 'the owner has full control',
        tagging: 'no tags',
        ownership: '`BucketOwnerEnforced`',
        requestPayment: 'the owner pays',
      }[answer.document];
  }
}

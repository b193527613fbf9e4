/** Who signs. There are no users, roles or policies here: every key that is accepted is the account's owner. */
import type { AwsService } from '../../contract/service.ts';

export interface Sts {
  readonly service: AwsService;
}

export function createStsService(): Sts {
  return {
    service: {
      signingName: 'sts',
      operations: {
        GetCallerIdentity: (_input, { accountId, accessKeyId }) => ({
          UserId: accessKeyId,
          Account: accountId,
          Arn: `arn:aws:iam::${accountId}:user/${accessKeyId}`,
        }),
        GetAccessKeyInfo: (_input, { accountId }) => ({ Account: accountId }),
      },
    },
  };
}

/** Parameters of Systems Manager: named values with versions, in records that survive a restart. */
import type { DeleteParameterCommandInput, DeleteParametersCommandInput } from '@aws-sdk/client-ssm';
import type { Records } from '../../contract/records.ts';
import type { AwsService, RequestContext } from '../../contract/service.ts';
import { describeParameters } from './describe-parameters.ts';
import { labelVersion, unlabelVersion } from './label-parameters.ts';
import { parseSelection } from './parameter-name.ts';
import { notFound, ParameterTable } from './parameter-table.ts';
import { putParameter } from './put-parameter.ts';
import {
  checkNames,
  getParameter,
  getParameterHistory,
  getParameters,
  getParametersByPath,
} from './read-parameters.ts';
import type { SecretBox } from './secret-box.ts';
import { addTags, listTags, removeTags } from './tag-parameters.ts';

export { createSecretBox, readOrMakeKey, type SecretBox } from './secret-box.ts';

export interface SsmPorts {
  readonly records: Records;
  readonly secrets: SecretBox;
  readonly accountId: string;
  readonly region: string;
}

export interface Ssm {
  readonly service: AwsService;
}

export function createSsmService({ records, secrets, accountId, region }: SsmPorts): Ssm {
  const table = new ParameterTable(records, secrets, { accountId, region });
  const on =
    <Input>(handler: (table: ParameterTable, input: Input, context: RequestContext) => unknown) =>
    (input: Input, context: RequestContext) =>
      handler(table, input, context);
  return {
    service: {
      signingName: 'ssm',
      operations: {
        AddTagsToResource: on(addTags),
        DeleteParameter: on(deleteParameter),
        DeleteParameters: on(deleteParameters),
        DescribeParameters: on(describeParameters),
        GetParameter: on(getParameter),
        GetParameterHistory: on(getParameterHistory),
        GetParameters: on(getParameters),
        GetParametersByPath: on(getParametersByPath),
        LabelParameterVersion: on(labelVersion),
        ListTagsForResource: on(listTags),
        PutParameter: on(putParameter),
        RemoveTagsFromResource: on(removeTags),
        UnlabelParameterVersion: on(unlabelVersion),
      },
    },
  };
}

function deleteParameter(table: ParameterTable, { Name }: DeleteParameterCommandInput): object {
  if (!parseSelection(Name!).names.some((name) => table.delete(name))) throw notFound(Name!);
  return {};
}

function deleteParameters(table: ParameterTable, { Names }: DeleteParametersCommandInput) {
  checkNames(Names!);
  const names = [...new Set(Names!)];
  const deleted = names.filter((name) => table.delete(name));
  return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
}

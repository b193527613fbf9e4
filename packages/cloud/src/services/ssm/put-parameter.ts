import type { PutParameterCommandInput, PutParameterCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError, type RequestContext } from '../../contract/service.ts';
import { assertNewName, invalid } from './parameter-name.ts';
import type { ParameterRecord, ParameterTier, ParameterType } from './parameter-record.ts';
import type { NewVersion, ParameterTable } from './parameter-table.ts';
import { checkedTags } from './tag-parameters.ts';

type Output = Omit<PutParameterCommandOutput, '$metadata'>;

const TYPES: readonly string[] = ['String', 'StringList', 'SecureString'];
const DATA_TYPES = ['text', 'aws:ec2:image'];
const MAX_PARAMETERS = 10_000;
const MAX_BYTES: Readonly<Record<ParameterTier, number>> = { Standard: 4 * 1024, Advanced: 8 * 1024 };
/** The only key there is: the one in the data folder. */
export const DEFAULT_KEY_ID = 'alias/aws/ssm';

/** Without `Overwrite` a parameter is created once, whoever asks at the same time: the founding of clusters rests on it. */
export function putParameter(
  table: ParameterTable,
  input: PutParameterCommandInput,
  context: RequestContext,
): Output {
  const name = input.Name!;
  const head = table.head(name);
  if (head === undefined) assertNewName(name);
  else if (input.Overwrite !== true) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  if (head === undefined && table.size >= MAX_PARAMETERS) {
    throw new AwsError('ParameterLimitExceeded', `At most ${MAX_PARAMETERS} parameters are allowed.`);
  }
  const type = typeOf(input, head);
  const tags = tagsOf(input, context);
  const version = newVersion(table, input, type, context);
  return { Version: table.put(name, type, version, tags), Tier: version.tier };
}

function typeOf({ Name, Type }: PutParameterCommandInput, head: ParameterRecord | undefined): ParameterType {
  if (Type !== undefined && !TYPES.includes(Type)) {
    throw new AwsError(
      'UnsupportedParameterType',
      `The type must be ${TYPES.join(', ')}, not ${JSON.stringify(Type)}.`,
    );
  }
  const type = Type ?? head?.type;
  if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (head !== undefined && head.type !== type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      `The type of ${Name} can't be changed from ${head.type} to ${type}: create a parameter of another name.`,
    );
  }
  return type;
}

function tagsOf(
  { Tags, Overwrite }: PutParameterCommandInput,
  context: RequestContext,
): ParameterRecord['tags'] {
  if (Tags === undefined || Tags.length === 0) return {};
  if (Overwrite === true) {
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  return checkedTags({}, Tags, context);
}

function newVersion(
  table: ParameterTable,
  input: PutParameterCommandInput,
  type: ParameterType,
  context: RequestContext,
): NewVersion {
  refuseInert(input, type);
  const before = table.newest(input.Name!)?.version;
  const value = input.Value!;
  const tier = tierOf(input, value, before?.tier);
  const dataType = input.DataType ?? before?.dataType ?? 'text';
  checkValue(value, tier, dataType, type);
  const allowedPattern = input.AllowedPattern === '' ? undefined : input.AllowedPattern;
  if (allowedPattern !== undefined) checkPattern(allowedPattern, value);
  const description = input.Description ?? before?.description;
  if (description !== undefined && description.length > 1024) {
    throw invalid(`A description has at most 1024 characters, not ${description.length}.`);
  }
  return {
    value,
    tier,
    dataType,
    modifiedMs: context.nowMs,
    modifiedBy: `arn:aws:iam::${context.accountId}:user/${context.accessKeyId}`,
    ...(description === undefined ? {} : { description }),
    ...(allowedPattern === undefined ? {} : { allowedPattern }),
  };
}

/** What would be accepted and then not done is refused. */
function refuseInert({ KeyId, Policies }: PutParameterCommandInput, type: ParameterType): void {
  if (KeyId !== undefined && type !== 'SecureString') {
    throw invalid('KeyId is required for SecureString type parameter only.');
  }
  if (KeyId !== undefined && KeyId !== DEFAULT_KEY_ID) {
    throw new AwsError(
      'InvalidKeyId',
      `There is no key ${KeyId} here: leave it out, or give ${DEFAULT_KEY_ID}.`,
    );
  }
  if (Policies !== undefined && !/^\s*(\[\s*\]|\{\s*\})?\s*$/.test(Policies)) {
    throw new AwsError(
      'InvalidPolicyTypeException',
      'Parameter policies are not carried out by this cloud: leave them out.',
    );
  }
}

function tierOf(
  { Tier }: PutParameterCommandInput,
  value: string,
  before: ParameterTier | undefined,
): ParameterTier {
  if (Tier !== undefined && !['Standard', 'Advanced', 'Intelligent-Tiering'].includes(Tier)) {
    throw invalid(`The tier must be Standard, Advanced or Intelligent-Tiering, not ${JSON.stringify(Tier)}.`);
  }
  if (Tier === 'Standard' && before === 'Advanced') {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
    );
  }
  const needsMore = Buffer.byteLength(value) > MAX_BYTES.Standard;
  if (Tier === 'Intelligent-Tiering') return needsMore || before === 'Advanced' ? 'Advanced' : 'Standard';
  return Tier ?? before ?? 'Standard';
}

function checkValue(value: string, tier: ParameterTier, dataType: string, type: ParameterType): void {
  const bytes = Buffer.byteLength(value);
  if (bytes === 0) throw invalid('The value must have at least one character.');
  if (bytes > MAX_BYTES[tier]) {
    const remedy = tier === 'Standard' ? ' To create a larger parameter value, use the tier Advanced.' : '';
    throw invalid(
      `${tier} tier parameters support a maximum parameter value of ${MAX_BYTES[tier]} bytes, not ${bytes}.${remedy}`,
    );
  }
  if (/\{\{.*\}\}/s.test(value)) {
    throw invalid("Parameter value can't nest another parameter: it must not contain {{...}}.");
  }
  if (!DATA_TYPES.includes(dataType)) {
    throw invalid(`The data type must be ${DATA_TYPES.join(' or ')}, not ${JSON.stringify(dataType)}.`);
  }
  if (dataType === 'aws:ec2:image' && (type !== 'String' || !/^ami-[a-z0-9-]+$/.test(value))) {
    throw invalid(
      `A parameter of data type aws:ec2:image must be a String with the id of an image, not ${JSON.stringify(value.slice(0, 100))}.`,
    );
  }
}

function checkPattern(pattern: string, value: string): void {
  if (pattern.length > 1024) throw invalid(`A pattern has at most 1024 characters, not ${pattern.length}.`);
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`, 's');
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      `The allowed pattern ${pattern} is not a regular expression.`,
    );
  }
  if (expression.test(value)) return;
  throw new AwsError(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  );
}

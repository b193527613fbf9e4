import type { Members } from '../property-shape.ts';

/** One type of resource as templates see it. What making one takes is the handler's of the CloudFormation service. */
export interface ResourceType {
  /** `AWS::AutoScaling::AutoScalingGroup`. */
  readonly name: string;
  /** What `Ref` gives, for people. */
  readonly reference: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: readonly string[];
  readonly properties: Members;
  /** Present when the whole resource is without effect: why, as a sentence without a full stop. */
  readonly inert?: string;
  /** Present when the type is known and refused: why. */
  readonly refused?: string;
  /** `CreationPolicy` is allowed. */
  readonly creationPolicy?: true;
  /** `UpdatePolicy` is allowed. */
  readonly updatePolicy?: true;
  /** Making one needs CAPABILITY_IAM; CAPABILITY_NAMED_IAM when the named property is given. */
  readonly iamName?: string;
}

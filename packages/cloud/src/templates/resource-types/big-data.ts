/**
 * Parts that run on AWS only: jobs of Apache Spark, and what they stand on. A template keeps them behind a condition that is false
 * here; where it is true the stack is refused, since a job that is never run would only look as if it were there.
 */
import type { ResourceType } from './resource-type.ts';

const NO_SPARK =
  'it runs on AWS only, since this cloud runs no Spark; put it behind a condition that does not hold here, and run the same job with spark-submit';

function onAws(name: string): ResourceType {
  return { name, reference: 'nothing', attributes: [], properties: {}, refused: NO_SPARK };
}

export const BIG_DATA_TYPES: readonly ResourceType[] = [
  'AWS::EMR::Cluster',
  'AWS::EMR::InstanceFleetConfig',
  'AWS::EMR::InstanceGroupConfig',
  'AWS::EMR::SecurityConfiguration',
  'AWS::EMR::Step',
  'AWS::EMRServerless::Application',
  'AWS::Glue::Connection',
  'AWS::Glue::Crawler',
  'AWS::Glue::Database',
  'AWS::Glue::Job',
  'AWS::Glue::SecurityConfiguration',
  'AWS::Glue::Table',
  'AWS::Glue::Trigger',
  'AWS::Glue::Workflow',
].map(onAws);

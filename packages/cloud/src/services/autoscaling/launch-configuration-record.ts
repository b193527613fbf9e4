/** A launch configuration: kept as it was given, and launched through a template of EC2's that is made for it. */
import type { CreateLaunchConfigurationType } from '@aws-sdk/client-auto-scaling';

export interface LaunchConfigurationRecord {
  readonly id: string;
  readonly createdMs: number;
  readonly input: CreateLaunchConfigurationType;
  /** The template that stands for it in EC2. */
  readonly launchTemplateId: string;
}

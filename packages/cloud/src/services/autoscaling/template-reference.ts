/** Launch templates as a group remembers them and as EC2 takes them. */
import type { LaunchTemplateReference } from '../../contract/compute.ts';

/** A group remembers both id and name; EC2 takes one of them. */
export function byId({
  launchTemplateId,
  launchTemplateName,
  version,
}: LaunchTemplateReference): LaunchTemplateReference {
  const name = launchTemplateName === undefined ? {} : { launchTemplateName };
  return {
    ...(launchTemplateId === undefined ? name : { launchTemplateId }),
    ...(version === undefined ? {} : { version }),
  };
}

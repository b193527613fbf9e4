/**
 * Names under which AWS publishes Linux images: Terraform and scripts look images up by patterns of them. As with the public parameters
 * each stands for `ami-crescendo`. The date in a name is the one that all are described with.
 */
import type { ImageDescription } from '../../instances/instance-provider.ts';

export const PUBLIC_IMAGE = 'ami-crescendo';
const DATE = '20250101';

/** By the alias or the number of who publishes them. */
const PUBLISHED: Readonly<Record<string, (architecture: string) => readonly string[]>> = {
  amazon: (architecture) => [
    `al2023-ami-2023.6.${DATE}.0-kernel-6.1-${architecture}`,
    `al2023-ami-minimal-2023.6.${DATE}.0-kernel-6.1-${architecture}`,
    `amzn2-ami-hvm-2.0.${DATE}.0-${architecture}-gp2`,
    `amzn2-ami-kernel-5.10-hvm-2.0.${DATE}.0-${architecture}-gp2`,
  ],
  '099720109477': (architecture) => {
    const short = architecture === 'arm64' ? 'arm64' : 'amd64';
    return [
      `ubuntu/images/hvm-ssd/ubuntu-focal-20.04-${short}-server-${DATE}`,
      `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-${short}-server-${DATE}`,
      `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${short}-server-${DATE}`,
    ];
  },
  '136693071363': (architecture) => {
    const short = architecture === 'arm64' ? 'arm64' : 'amd64';
    return [`debian-11-${short}-${DATE}-1`, `debian-12-${short}-${DATE}-1`, `debian-13-${short}-${DATE}-1`];
  },
};
/** The number behind the alias. */
const OWNERS: Readonly<Record<string, string>> = { '137112412989': 'amazon', '591542846629': 'amazon' };

/** The image of this cloud under each name that the given owners publish; all of them without owners. */
export function publicImages(
  images: readonly ImageDescription[],
  owners: readonly string[] | undefined,
  architecture: string,
): ImageDescription[] {
  const image = images.find(({ imageId }) => imageId === PUBLIC_IMAGE);
  if (image === undefined) return [];
  const wanted = owners?.map((owner) => OWNERS[owner] ?? owner);
  return Object.entries(PUBLISHED)
    .filter(([owner]) => wanted?.includes(owner) ?? true)
    .flatMap(([, names]) => names(architecture).map((name) => ({ ...image, name })));
}

/**
 * The public parameters that templates take the newest image from. Each gives an image of this cloud: `ami-crescendo`, or
 * `ami-minimal` where AWS's is a minimal one. docs/reference/ssm.md lists them.
 */
const LINUX = '/aws/service/ami-amazon-linux-latest';
const UBUNTU = '/aws/service/canonical/ubuntu/server';
const DEBIAN = '/aws/service/debian/release';
const ARCHITECTURES = ['x86_64', 'arm64'] as const;

/** When they were last changed, as far as anyone is told. */
export const PUBLIC_SINCE_MS = Date.UTC(2026, 0, 1);

export const PUBLIC_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ...ARCHITECTURES.flatMap((architecture) => [
    ...['default', '6.1', '6.12'].flatMap((kernel) => [
      [`${LINUX}/al2023-ami-kernel-${kernel}-${architecture}`, 'ami-crescendo'] as const,
      [`${LINUX}/al2023-ami-minimal-kernel-${kernel}-${architecture}`, 'ami-minimal'] as const,
    ]),
    [`${LINUX}/amzn2-ami-hvm-${architecture}-gp2`, 'ami-crescendo'] as const,
    [`${LINUX}/amzn2-ami-kernel-5.10-hvm-${architecture}-gp2`, 'ami-crescendo'] as const,
    [`${LINUX}/amzn2-ami-minimal-hvm-${architecture}-ebs`, 'ami-minimal'] as const,
  ]),
  ...['20.04', '22.04', '24.04', 'focal', 'jammy', 'noble'].flatMap((release) =>
    ['amd64', 'arm64'].flatMap((architecture) =>
      ['ebs-gp2', 'ebs-gp3'].map(
        (volume) =>
          [
            `${UBUNTU}/${release}/stable/current/${architecture}/hvm/${volume}/ami-id`,
            'ami-crescendo',
          ] as const,
      ),
    ),
  ),
  ...['11', '12', '13'].flatMap((release) =>
    ['amd64', 'arm64'].map(
      (architecture) => [`${DEBIAN}/${release}/latest/${architecture}`, 'ami-crescendo'] as const,
    ),
  ),
]);

/**
 * Instance types: processors, memory and the on-demand price in us-east-1 for Linux, in US dollars an hour, as AWS published them in
 * 2025. A table of common types, not of all.
 */
export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly dollarsAnHour: number;
  readonly architecture: 'x86_64' | 'arm64';
  readonly burstable: boolean;
}

/** Family, then `size:vcpus:memory in GiB:price`. */
const FAMILIES: Readonly<Record<string, string>> = {
  m1: 'small:1:1.7:0.044',
  m3: 'medium:1:3.75:0.067 large:2:7.5:0.133',
  m4: 'large:2:8:0.1 xlarge:4:16:0.2 2xlarge:8:32:0.4',
  m5: 'large:2:8:0.096 xlarge:4:16:0.192 2xlarge:8:32:0.384 4xlarge:16:64:0.768',
  m6i: 'large:2:8:0.096 xlarge:4:16:0.192 2xlarge:8:32:0.384 4xlarge:16:64:0.768',
  m6g: 'medium:1:4:0.0385 large:2:8:0.077 xlarge:4:16:0.154 2xlarge:8:32:0.308',
  m7i: 'large:2:8:0.1008 xlarge:4:16:0.2016 2xlarge:8:32:0.4032',
  m7g: 'medium:1:4:0.0408 large:2:8:0.0816 xlarge:4:16:0.1632 2xlarge:8:32:0.3264',
  c4: 'large:2:3.75:0.1 xlarge:4:7.5:0.199',
  c5: 'large:2:4:0.085 xlarge:4:8:0.17 2xlarge:8:16:0.34 4xlarge:16:32:0.68',
  c6i: 'large:2:4:0.085 xlarge:4:8:0.17 2xlarge:8:16:0.34',
  c6g: 'medium:1:2:0.034 large:2:4:0.068 xlarge:4:8:0.136',
  c7g: 'medium:1:2:0.0363 large:2:4:0.0725 xlarge:4:8:0.145',
  c7i: 'large:2:4:0.08925 xlarge:4:8:0.1785',
  r5: 'large:2:16:0.126 xlarge:4:32:0.252 2xlarge:8:64:0.504',
  r6i: 'large:2:16:0.126 xlarge:4:32:0.252',
  r6g: 'medium:1:8:0.0504 large:2:16:0.1008 xlarge:4:32:0.2016',
  i3: 'large:2:15.25:0.156 xlarge:4:30.5:0.312',
  t2: 'nano:1:0.5:0.0058 micro:1:1:0.0116 small:1:2:0.023 medium:2:4:0.0464 large:2:8:0.0928 xlarge:4:16:0.1856',
  t3: 'nano:2:0.5:0.0052 micro:2:1:0.0104 small:2:2:0.0208 medium:2:4:0.0416 large:2:8:0.0832 xlarge:4:16:0.1664 2xlarge:8:32:0.3328',
  t3a: 'nano:2:0.5:0.0047 micro:2:1:0.0094 small:2:2:0.0188 medium:2:4:0.0376 large:2:8:0.0752 xlarge:4:16:0.1504',
  t4g: 'nano:2:0.5:0.0042 micro:2:1:0.0084 small:2:2:0.0168 medium:2:4:0.0336 large:2:8:0.0672 xlarge:4:16:0.1344',
};

/** What RunInstances takes when no type is given. */
export const DEFAULT_INSTANCE_TYPE = 'm1.small';

const TYPES: ReadonlyMap<string, InstanceType> = new Map(
  Object.entries(FAMILIES).flatMap(([family, sizes]) =>
    sizes.split(' ').map((size) => {
      const type = parseType(family, size);
      return [type.name, type] as const;
    }),
  ),
);

function parseType(family: string, text: string): InstanceType {
  const [size, vcpus, memory, price] = text.split(':');
  return {
    name: `${family}.${size}`,
    vcpus: Number(vcpus),
    memoryMiB: Math.round(Number(memory) * 1024),
    dollarsAnHour: Number(price),
    architecture: family.endsWith('g') ? 'arm64' : 'x86_64',
    burstable: family.startsWith('t'),
  };
}

export function instanceTypes(): readonly InstanceType[] {
  return [...TYPES.values()];
}

export function findInstanceType(name: string): InstanceType | undefined {
  return TYPES.get(name);
}

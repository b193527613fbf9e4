/**
 * Programs that user data written for a whole machine calls, as far as an instance is one. Signals are real; what would install or
 * configure the machine is named on the console and left undone, because the machine is the person's own.
 */

/** They change a machine: packages, services, and what CloudFormation's helpers configure. */
export const UNDONE_PROGRAMS: readonly string[] = [
  'amazon-linux-extras',
  'apt',
  'apt-get',
  'cfn-hup',
  'cfn-init',
  'chkconfig',
  'dnf',
  'service',
  'systemctl',
  'yum',
];

export const UNDONE_PROGRAM = `#!/bin/sh
# Succeeds, so that what follows in the user data runs: what it needs is missed where it is called.
echo "\${0##*/} $*: not done, because an instance here is a group of programs of this machine and does not change the machine" >&2
`;

/** Programs that fetch, which must find the metadata service where the instance's own is. */
export const FETCHING_PROGRAMS: readonly string[] = ['curl', 'wget'];

/** @param program the absolute path of the real one */
export function fetchingProgram(program: string): string {
  return `#!/bin/sh
# What is asked of the metadata service at AWS's address is asked of this instance's own.
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1
  shift
  case "$argument" in
    http://169.254.169.254 | http://169.254.169.254[:/]*)
      argument="$AWS_EC2_METADATA_SERVICE_ENDPOINT\${argument#http://169.254.169.254}" ;;
    169.254.169.254/*)
      argument="$AWS_EC2_METADATA_SERVICE_ENDPOINT\${argument#169.254.169.254}" ;;
  esac
  set -- "$@" "$argument"
  left=$((left - 1))
done
exec '${program.replaceAll("'", `'\\''`)}' "$@"
`;
}

/** Where machines of AWS have them: bash reads functions of these names in the place of files that are not there. */
const ABSOLUTE_PROGRAMS: Readonly<Record<string, string>> = {
  '/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl': 'amazon-cloudwatch-agent-ctl',
  ...Object.fromEntries(
    ['cfn-hup', 'cfn-init', 'cfn-signal'].flatMap((name) =>
      ['/opt/aws/bin', '/usr/bin', '/usr/local/bin'].map((folder) => [`${folder}/${name}`, name]),
    ),
  ),
};

/** Read by every bash script of an instance before its first line (`BASH_ENV`). */
export const BASH_PROFILE = Object.entries(ABSOLUTE_PROGRAMS)
  .map(([path, name]) => `${path}() { ${name} "$@"; }\n`)
  .join('');

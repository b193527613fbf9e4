/** Small programs that the built-in images carry, so that user data written for a real machine finds them. */

/** `shutdown`, `poweroff`, `halt` and `reboot`: ask the cloud, which stops or terminates as the instance's attribute says. */
export const POWER_PROGRAM = `#!/bin/sh
# Asks for the end of this instance, or with "reboot" or "-r" for a restart. When is not looked at: it is always now.
request=poweroff
[ "\${0##*/}" = reboot ] && request=reboot
for argument in "$@"; do
  case "$argument" in
    -r | --reboot) request=reboot ;;
    -c) exit 0 ;;
  esac
done
echo "$request" > "$CRESCENDO_INSTANCE_FOLDER/request"
`;

/** Where the agent's configuration lies in an instance's volume, as on a machine of AWS. */
export const AGENT_FOLDER = 'opt/aws/amazon-cloudwatch-agent/etc';

/**
 * `amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:PATH|ssm:NAME`: puts the configuration where the cloud's sampler
 * looks for it. There is no agent process in the instance.
 */
export const AGENT_CONTROL_PROGRAM = `#!/bin/sh
folder="$CRESCENDO_VOLUME/${AGENT_FOLDER}"
action=status
source=
while [ $# -gt 0 ]; do
  case "$1" in
    -a) action=$2; shift ;;
    -c) source=$2; shift ;;
    -m) shift ;;
  esac
  shift
done
mkdir -p "$folder" || exit 1
case "$action:$source" in
  fetch-config:file:*)
    cat -- "\${source#file:}" > "$folder/new.json" || exit 1
    mv -- "$folder/new.json" "$folder/amazon-cloudwatch-agent.json" && rm -f "$folder/parameter" ;;
  fetch-config:ssm:*)
    echo "\${source#ssm:}" > "$folder/parameter" ;;
  fetch-config:default)
    rm -f "$folder/parameter" "$folder/amazon-cloudwatch-agent.json" ;;
  start: | status:) echo '{"status":"running"}' ;;
  *)
    echo "amazon-cloudwatch-agent-ctl: -a $action -c $source is not known here; use -a fetch-config -c file:PATH or -c ssm:NAME" >&2
    exit 1 ;;
esac
`;

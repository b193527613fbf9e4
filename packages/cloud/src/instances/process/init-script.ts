/**
 * The first process of every instance: a small shell that runs the boot's scripts one after the other and then stays, as a machine
 * stays when its start-up is over. It costs about a megabyte.
 *
 * Arguments: the instance's folder, then the scripts. It writes to `progress` in that folder `STATUS NAME` for each script that has
 * ended and `booted` after the last. A script's end never ends the instance; who reads `progress` judges that.
 */
export const INIT_SCRIPT = `#!/bin/sh
# The first process of an instance: runs the boot's scripts, then stays.
# Signals are caught, not ignored: what is ignored here would be ignored by every program started below.
trap : TERM HUP INT QUIT
folder=$1
shift
if [ -n "$CRESCENDO_CGROUP" ]; then
  echo $$ > "$CRESCENDO_CGROUP" || echo "the processor limit could not be set"
fi
unset CRESCENDO_CGROUP
[ -p "$folder/control" ] || mkfifo "$folder/control"
exec 3<> "$folder/control"
for script in "$@"; do
  "$script" < /dev/null 3>&- &
  child=$!
  while wait $child; status=$?; [ $status -gt 128 ] && [ $status -ne 127 ] && kill -0 $child 2> /dev/null; do :; done
  echo "$status \${script##*/}" >> "$folder/progress"
done
echo booted >> "$folder/progress"
while :; do read -r _ <&3; done
`;

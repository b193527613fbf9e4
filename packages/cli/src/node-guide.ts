/** The end of `crescendo node --help`. */
export const NODE_GUIDE = `
A store on three machines, by hand (here 192.0.2.11, .12 and .13):

  1. Make the secret and the key pair once, and copy both to each machine, readable by you alone:
       mkdir -p store && openssl rand -hex 32 > store/cluster-secret
       printf '[default]\\naws_access_key_id = %s\\naws_secret_access_key = %s\\n' ADMIN "$(openssl rand -hex 20)" > store/credentials
       chmod 600 store/cluster-secret store/credentials
     and then, for .12 and .13:  scp -rp store 192.0.2.12:

  2. Found the cluster: start all three with the same list, each with its own address. Every founder records its vote on disk;
     nobody serves before all of them have met, and nobody else ever founds a cluster.
       crescendo node --data store --listen 192.0.2.11 --founders 192.0.2.11:7000,192.0.2.12:7000,192.0.2.13:7000
     A node says "ready" once it serves. Start it with the same command ever after: the list is then only read to find the others.

  3. Use it through any of them:
       export AWS_ENDPOINT_URL=http://192.0.2.11:7080; crescendo status --data store; crescendo upload --data store FILE

  4. A fourth machine joins through any node that runs; copy the store folder with secret and key pair to it first:
       crescendo node --data store --listen 192.0.2.14 --join 192.0.2.11:7000,192.0.2.12:7000

Stopping is not leaving: SIGTERM or Ctrl-C hands leadership on, flushes and exits; membership and data stay, and the next start
continues. A node that stays away longer than the grace period is given up, and its data is restored from the others.

To take a node away for good, let it hand its data on:  crescendo drain NODE
It is refused, with the reason, where the rest could not hold the data. When it is done the daemon exits by itself.

Notifications of buckets go to SQS queues where AWS_ENDPOINT_URL_SQS (or AWS_ENDPOINT_URL) says, signed with AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY. Without either address no queue can be named.

Every door listens on --listen alone. Peers prove the secret to each other, but nothing is encrypted by default: use a private network.`;

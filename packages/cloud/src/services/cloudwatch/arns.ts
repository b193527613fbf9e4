interface Place {
  readonly accountId: string;
  readonly region: string;
}

export function alarmArn({ accountId, region }: Place, name: string): string {
  return `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;
}

/** Dashboards belong to an account, not to a region. */
export function dashboardArn({ accountId }: Place, name: string): string {
  return `arn:aws:cloudwatch::${accountId}:dashboard/${name}`;
}

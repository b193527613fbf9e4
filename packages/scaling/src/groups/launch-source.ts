/** What a group launches its instances from, and what an instance was launched from. */

export interface TemplateReference {
  readonly launchTemplateId?: string;
  readonly launchTemplateName?: string;
  /** A number, `$Latest` or `$Default`. */
  readonly version?: string;
}

export interface TypeOverride {
  readonly instanceType?: string;
  readonly template?: TemplateReference;
}

/** The shares of on-demand and spot instances; AWS's defaults are 0 and 100. */
export interface PurchaseShares {
  readonly onDemandBase: number;
  readonly onDemandPercentAboveBase: number;
  readonly onDemandStrategy: 'prioritized' | 'lowest-price';
  /** `lowest-price` and `price-capacity-optimized` take the cheapest type, the others the first. */
  readonly spotStrategy: string;
}

export type LaunchSource =
  | { readonly kind: 'template'; readonly template: TemplateReference }
  | { readonly kind: 'configuration'; readonly name: string }
  | {
      readonly kind: 'mixed';
      readonly template: TemplateReference;
      readonly overrides: readonly TypeOverride[];
      readonly shares: PurchaseShares;
    };

/** What an instance came from, with the version as a number. */
export type LaunchOrigin =
  | {
      readonly kind: 'template';
      readonly launchTemplateId: string;
      readonly launchTemplateName: string;
      readonly version: string;
    }
  | { readonly kind: 'configuration'; readonly name: string; readonly createdMs: number };

export function isSameOrigin(a: LaunchOrigin, b: LaunchOrigin): boolean {
  if (a.kind === 'configuration') return b.kind === 'configuration' && a.name === b.name;
  return b.kind === 'template' && a.launchTemplateId === b.launchTemplateId && a.version === b.version;
}

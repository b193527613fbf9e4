/**
 * Launches instances: decides everything, records it as `pending`, and leaves the rest to whoever carries records out.
 *
 * (A1) Launches are recorded one after the other, so that a token that comes twice at once launches once.
 * (A2) Nothing is recorded unless everything of a launch can be.
 */
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { LaunchTemplateReference } from '../../contract/compute.ts';
import { AwsError } from '../../contract/service.ts';
import { type InstanceAddress, placeOf } from '../../instances/instance-provider.ts';
import type { PlannedVolume } from './block-devices.ts';
import { planVolumes } from './block-devices.ts';
import type { Ec2State, LaunchTokenRecord } from './ec2-state.ts';
import { allOf } from './ec2-state.ts';
import { makeId } from './identifiers.ts';
import type { AttachedVolume, InstanceRecord, LaunchSettings, VolumeRecord } from './instance-record.ts';
import { mergeLaunchData, settingsOf } from './launch-settings.ts';
import { findTemplate, findVersion } from './launch-templates.ts';
import { subnetsOf } from './network.ts';
import type { Ec2Ports } from './ports.ts';
import type { TagMap } from './tags.ts';
import { tagsFor } from './tags.ts';

export interface LaunchOrder {
  readonly launchTemplate: LaunchTemplateReference | undefined;
  /** What the request says beside the template. */
  readonly data: RequestLaunchTemplateData;
  readonly minimum: number;
  readonly maximum: number;
  readonly clientToken: string | undefined;
  readonly accessKeyId: string;
}

/** A limit of ours: what one request may start. */
const MOST_AT_ONCE = 1000;
/** EC2 remembers a token for at least 24 hours. */
const TOKEN_LIFE_MS = 48 * 3600 * 1000;

interface Plan {
  readonly settings: LaunchSettings;
  readonly data: RequestLaunchTemplateData;
  readonly template: { readonly id: string; readonly version: number } | undefined;
  readonly volumes: readonly PlannedVolume[];
  readonly instanceTags: TagMap;
  readonly volumeTags: TagMap;
}

export class Launcher {
  readonly #ports: Ec2Ports;
  readonly #state: Ec2State;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(ports: Ec2Ports, state: Ec2State) {
    this.#ports = ports;
    this.#state = state;
  }

  /** Resolves when the instances are recorded; the same token gives the same instances. */
  launch(order: LaunchOrder): Promise<readonly InstanceRecord[]> {
    const launched = this.#queue.then(() => this.#launch(order)); // (A1)
    this.#queue = launched.catch(() => undefined);
    return launched;
  }

  /** Tokens that are older than EC2 would remember. */
  forgetOldTokens(): void {
    const before = this.#ports.clock.wallMs() - TOKEN_LIFE_MS;
    for (const [token, { createdMs }] of this.#state.launchTokens.entries()) {
      if (createdMs < before) this.#state.launchTokens.delete(token);
    }
  }

  async #launch(order: LaunchOrder): Promise<readonly InstanceRecord[]> {
    const known = this.#launchedUnder(order);
    if (known !== undefined) return known;
    const { minimum, maximum } = order;
    if (minimum < 1 || maximum < minimum || maximum > MOST_AT_ONCE) {
      const message = `Invalid counts: MinCount ${minimum}, MaxCount ${maximum}; give 1 to ${MOST_AT_ONCE}, MinCount not above MaxCount`;
      throw new AwsError('InvalidParameterValue', message);
    }
    const plan = await this.#plan(order);
    const addresses: InstanceAddress[] = [];
    for (let count = 0; count < maximum; count++) addresses.push(await this.#allocate(plan.settings));
    return this.#record(order, plan, addresses); // (A2): without a pause from here.
  }

  #launchedUnder(order: LaunchOrder): readonly InstanceRecord[] | undefined {
    if (order.clientToken === undefined) return undefined;
    const before = this.#state.launchTokens.get(order.clientToken);
    if (before === undefined) return undefined;
    if (before.request !== requestForm(order)) {
      const message = `The client token '${order.clientToken}' was used before with other parameters`;
      throw new AwsError('IdempotentParameterMismatch', message);
    }
    return before.instanceIds.flatMap((id) => this.#state.instances.get(id) ?? []);
  }

  async #plan(order: LaunchOrder): Promise<Plan> {
    const { state, ports } = { state: this.#state, ports: this.#ports };
    const template = order.launchTemplate && findTemplate(state, order.launchTemplate);
    const version = template && findVersion(state, template, order.launchTemplate?.version);
    const merged = mergeLaunchData(version?.data ?? {}, order.data);
    const data = { ...merged, ImageId: await this.#resolveImage(merged.ImageId) };
    const { region, accountId, provider } = ports;
    const settings = settingsOf(data, { state, region, accountId, images: provider.images() });
    const tags = (kind: string) => tagsFor(kind, data.TagSpecifications, order);
    const fromTemplate: TagMap =
      version === undefined
        ? {}
        : {
            'aws:ec2launchtemplate:id': version.templateId,
            'aws:ec2launchtemplate:version': String(version.number),
          };
    return {
      settings,
      data,
      template: version && { id: version.templateId, version: version.number },
      volumes: planVolumes(data.BlockDeviceMappings),
      instanceTags: { ...tags('instance'), ...fromTemplate },
      volumeTags: tags('volume'),
    };
  }

  /** `resolve:ssm:NAME[:VERSION]` means the value of a parameter. */
  async #resolveImage(imageId: string | undefined): Promise<string | undefined> {
    const name = imageId?.startsWith('resolve:ssm:') ? imageId.slice('resolve:ssm:'.length) : undefined;
    if (name === undefined) return imageId;
    const answer = await this.#ports.services.call<{ Parameter?: { Value?: string } }>(
      'ssm',
      'GetParameter',
      { Name: name },
    );
    return answer.Parameter?.Value;
  }

  #allocate({ subnetId }: LaunchSettings): Promise<InstanceAddress> {
    const { network = 0 } =
      subnetsOf(this.#ports.region).find((subnet) => subnet.subnetId === subnetId) ?? {};
    const living = allOf(this.#state.instances).filter(({ state }) => state !== 'terminated');
    return this.#ports.provider.allocateAddress(
      network,
      new Set(living.map(({ address }) => placeOf(address))),
    );
  }

  #record(order: LaunchOrder, plan: Plan, addresses: readonly InstanceAddress[]): readonly InstanceRecord[] {
    const reservationId = makeId('r', this.#ports.random);
    const records = addresses.map((address, launchIndex) =>
      this.#instance(order, plan, address, reservationId, launchIndex),
    );
    if (order.clientToken !== undefined) {
      const token: LaunchTokenRecord = {
        instanceIds: records.map(({ instanceId }) => instanceId),
        reservationId,
        request: requestForm(order),
        createdMs: this.#ports.clock.wallMs(),
      };
      this.#state.launchTokens.put(order.clientToken, token);
    }
    for (const record of records) this.#state.putInstance(record);
    return records;
  }

  #instance(
    { clientToken }: LaunchOrder,
    plan: Plan,
    address: InstanceAddress,
    reservationId: string,
    launchIndex: number,
  ): InstanceRecord {
    const instanceId = makeId('i', this.#ports.random);
    this.#state.putTags(instanceId, plan.instanceTags);
    return {
      instanceId,
      reservationId,
      launchIndex,
      clientToken,
      launchTemplate: plan.template,
      launchData: plan.data,
      settings: plan.settings,
      address,
      volumes: plan.volumes.map((volume) => this.#volume(volume, plan, instanceId)),
      state: 'pending',
      stateReason: undefined,
      transitionReason: '',
      launchTimeMs: this.#ports.clock.wallMs(),
      ran: false,
      terminatedAtMs: undefined,
      targetLifecycleState: undefined,
      interruption: undefined,
      rebalanceNoticeMs: undefined,
    };
  }

  #volume(planned: PlannedVolume, { settings, volumeTags }: Plan, instanceId: string): AttachedVolume {
    const volumeId = makeId('vol', this.#ports.random);
    const createdMs = this.#ports.clock.wallMs();
    const record: VolumeRecord = { ...planned, volumeId, zone: settings.zone, createdMs, instanceId };
    this.#state.volumes.put(volumeId, record);
    this.#state.putTags(volumeId, volumeTags);
    const { deviceName, gibibytes, deleteOnTermination } = planned;
    return { deviceName, volumeId, gibibytes, deleteOnTermination };
  }
}

/** What must be the same when a token comes again. */
function requestForm({ launchTemplate, data, minimum, maximum }: LaunchOrder): string {
  return JSON.stringify({ launchTemplate, data, minimum, maximum });
}

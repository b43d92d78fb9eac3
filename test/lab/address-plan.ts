import { addressesPerBlock } from './address-block.ts';

/** A host by its name, or with addresses of its own from the ranges for documentation (RFC 5737, RFC 3849). */
export type HostRequest =
  | string
  | {
      readonly name: string;
      readonly address4?: string;
      readonly address6?: string;
    };

export interface HostPlan {
  readonly name: string;
  readonly address4: string;
  readonly address6: string;
}

export const routerAddress4 = '192.0.2.1';
export const routerAddress6 = '2001:db8::1';

const maxHosts = 50;
/** An interface name holds 15 bytes and the router's port is called `to-<host>`. */
const hostNamePattern = /^[a-z][a-z0-9-]{0,11}$/;
const documentation4 = /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$/;
const documentation6 = /^2001:db8:[0-9a-f:]*$/;

/**
 * Gives every host its addresses, by its place in the list: 192.0.2.10 and 2001:db8::a, 192.0.2.11 and 2001:db8::b, …
 * `block` shifts them by ten each.
 */
export function planHosts(requests: readonly HostRequest[], block = 0): readonly HostPlan[] {
  const most = block === 0 ? maxHosts : addressesPerBlock;
  if (requests.length > most) throw new Error(`this lab holds at most ${most} hosts`);
  const firstPlace = 10 + block * addressesPerBlock;
  const plans = requests.map((request, index) => planHost(request, firstPlace + index));
  for (const key of ['name', 'address4', 'address6'] as const) refuseRepeats(plans.map((plan) => plan[key]));
  return plans;
}

function planHost(request: HostRequest, place: number): HostPlan {
  const given = typeof request === 'string' ? { name: request } : request;
  const plan = {
    name: given.name,
    address4: given.address4 ?? `192.0.2.${place}`,
    address6: given.address6 ?? `2001:db8::${place.toString(16)}`,
  };
  if (!hostNamePattern.test(plan.name) || plan.name === 'router')
    throw new Error(`not a name for a host of a lab: ${plan.name}`);
  if (!documentation4.test(plan.address4) || !documentation6.test(plan.address6))
    throw new Error(`${plan.name}: only addresses for documentation (RFC 5737, RFC 3849) may be used`);
  return plan;
}

function refuseRepeats(values: readonly string[]): void {
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) throw new Error(`two hosts of a lab share ${repeated}`);
}

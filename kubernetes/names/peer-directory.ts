/** Whose an address is. */
export type AddressOwner =
  | {
      readonly kind: 'workload';
      readonly namespace: string;
      readonly workload: string;
      /** Where its pod runs. */
      readonly node: string | undefined;
    }
  | ServiceOwner
  | { readonly kind: 'node'; readonly name: string };

export interface ServiceOwner {
  readonly kind: 'service';
  readonly namespace: string;
  readonly name: string;
  /** `deployment/payments.shop`: alone behind the service. */
  readonly workload: string | undefined;
  /** The workload's port behind this port of the service. */
  readonly targetPort: number | undefined;
  /** Where the pods behind it run; undefined: on too many to tell which. */
  readonly nodes: readonly string[] | undefined;
}

/** What `namePeers` asks for. */
export interface PeerDirectory {
  /** At that moment. `servicePort`: the port that was connected to, where the address is a server's. */
  ownerOf(ip: string, servicePort: number | undefined, atMs: number): AddressOwner | undefined;
  serviceNamed(namespace: string, name: string, servicePort: number): ServiceOwner | undefined;
  /** Of this cluster's pods or services, whoever has it. */
  isInside(ip: string): boolean;
}

/** `deployment/payments` in `shop`: `deployment/payments.shop`, unique in its cluster and still short. */
export const qualified = (name: string, namespace: string): string => `${name}.${namespace}`;

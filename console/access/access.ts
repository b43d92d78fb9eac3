/** What somebody may do besides looking: keep messages of alerts back (and answer them), or catch packets. */
export type Deed = 'silence' | 'capture';

/**
 * What of the console a person may see and do, by namespace. People of tokens and of a provider see everything and act
 * by their role; people of a cluster see and do what its RBAC lets them.
 */
export interface Access {
  /** Whose alerts, traffic and captures are shown; all else does not exist for this person. */
  readonly namespaces: 'all' | ReadonlySet<string>;
  /** In one namespace; undefined: in all of them. */
  may(deed: Deed, namespace: string | undefined): Promise<boolean>;
  /** After this much time a connection that still stands has to ask anew; undefined: never. */
  readonly validMs?: number;
}

/** The role decides what may be done. */
export const everything: Access = { namespaces: 'all', may: async () => true };

/** Of somebody who is not known. */
export const nothing: Access = { namespaces: new Set(), may: async () => false };

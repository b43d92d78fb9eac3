import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNode } from './cluster-node.ts';

/** What somebody asks an API server for, or may ask it for. */
export interface Access {
  /** `saccade/saccade-agent`: namespace and name of a service account. */
  readonly account: string;
  readonly verb: string;
  /** `pods`, `deployments.apps`, `silences.saccade.io/status`, or a path: `/readyz`. */
  readonly what: string;
}

export interface AuditedAccess extends Access {
  readonly allowed: boolean;
}

/** The fields of `audit.k8s.io/v1` that tell who did what. */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username?: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

const accountOf = (username: string): string =>
  username.replace('system:serviceaccount:', '').replace(':', '/');
const forbidden = 403;

/** All that service accounts (but those of the cluster itself) have asked the API server for since the cluster began. */
export function auditedAccesses(cluster: ClusterNode): readonly AuditedAccess[] {
  const file = join(cluster.folder, 'logs', 'audit.log');
  if (!existsSync(file)) return [];
  return wholeLines(readFileSync(file, 'utf8')).map((line) => toAccess(JSON.parse(line) as AuditEvent));
}

/** The last one may be under way. */
function wholeLines(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}

function toAccess({ verb, requestURI, user, objectRef, responseStatus }: AuditEvent): AuditedAccess {
  const { resource, apiGroup = '', subresource = '' } = objectRef ?? {};
  const what =
    resource === undefined ? (requestURI.split('?')[0] ?? '') : resourceName(resource, apiGroup, subresource);
  return {
    account: accountOf(user.username ?? ''),
    verb,
    what,
    allowed: responseStatus?.code !== forbidden,
  };
}

export function resourceName(resource: string, group: string, subresource = ''): string {
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownSlicePath } from './own-slice.ts';
import type { ApiServerSettings, ApiServerTargetSettings } from './apiserver-settings.ts';

/** An API server to ask. */
export interface ApiServerTarget {
  readonly name: string;
  readonly url: string;
  readonly caFile: string | undefined;
  readonly serverName: string | undefined;
  readonly tokenFile: string | undefined;
  readonly clientCertFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly paths: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What tells a process that it runs in a pod. */
export interface PodEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Folder of the service account's token and authority. */
  readonly serviceAccountDirectory: string;
}

export const processEnvironment: PodEnvironment = {
  variables: process.env,
  serviceAccountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
};

const configuredIntervalMs = 1_000;
/** Every node of the cluster asks: a fresh TLS connection costs its API server about a millisecond. */
const foundIntervalMs = 10_000;
/** Of many nodes, one asks each server often enough. */
const endpointIntervalMs = 30_000;
/**
 * Something cheap, and an object that comes from the storage: a list may come from the API server's memory, a single
 * object never does. The right to read just this one is needed anyway.
 */
const foundPaths = ['/readyz', ownSlicePath] as const;
/** In every certificate that pods can do with. */
const serviceDomain = 'kubernetes.default.svc';

/** What is configured; nothing: the API server of the cluster in whose pod this runs, if it does. */
export function findTargets(
  settings: ApiServerSettings,
  environment: PodEnvironment,
): readonly ApiServerTarget[] {
  if (settings.targets.length > 0) return settings.targets.map((target) => toTarget(target, settings));
  const own = ownClusterTarget(settings, environment);
  return own === undefined ? [] : [own];
}

/** One of the servers behind `own`, by its own address. */
export function endpointTarget(
  own: ApiServerTarget,
  { ip, port }: { readonly ip: string; readonly port: number },
): ApiServerTarget {
  return {
    ...own,
    name: `${own.name}/${ip}`,
    url: `https://${inUrl(ip)}:${port}`,
    serverName: serviceDomain,
    intervalMs: Math.max(own.intervalMs, Math.min(own.intervalMs * 3, endpointIntervalMs)),
  };
}

function toTarget(target: ApiServerTargetSettings, settings: ApiServerSettings): ApiServerTarget {
  return {
    name: target.name,
    url: target.url,
    caFile: target.ca_file,
    serverName: target.server_name,
    tokenFile: target.token_file,
    clientCertFile: target.client_cert_file,
    clientKeyFile: target.client_key_file,
    paths: target.paths,
    intervalMs: settings.interval ?? configuredIntervalMs,
    timeoutMs: settings.timeout,
  };
}

/**
 * The Service of the API server of the cluster in whose pod this runs; undefined: in none, or others are configured.
 * As every client library does: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export function ownClusterTarget(
  settings: ApiServerSettings,
  environment: PodEnvironment,
): ApiServerTarget | undefined {
  if (settings.targets.length > 0) return undefined;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment.variables;
  const tokenFile = join(environment.serviceAccountDirectory, 'token');
  if (host === undefined || port === undefined || !existsSync(tokenFile)) return undefined;
  return {
    name: 'service/kubernetes.default',
    url: `https://${inUrl(host)}:${port}`,
    caFile: join(environment.serviceAccountDirectory, 'ca.crt'),
    serverName: undefined,
    tokenFile,
    clientCertFile: undefined,
    clientKeyFile: undefined,
    paths: foundPaths,
    intervalMs: settings.interval ?? foundIntervalMs,
    timeoutMs: settings.timeout,
  };
}

function inUrl(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

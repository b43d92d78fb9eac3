/** Who a cgroup path speaks of. `none`: the root, a slice without an owner, or a layout that is not known. */
export type CgroupIdentity =
  | { readonly kind: 'pod'; readonly podUid: string; readonly containerId: string | undefined }
  | { readonly kind: 'container'; readonly name: string }
  /** `user`: of somebody's own service manager. */
  | { readonly kind: 'unit'; readonly name: string; readonly user?: true }
  | { readonly kind: 'session'; readonly uid: string }
  | { readonly kind: 'none' };

const shortIdLength = 12;
const containerIdPattern = /^[0-9a-f]{64}$/;
/** systemd driver: `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID.scope`, `libpod-ID.scope`; cgroupfs driver of podman: `libpod-ID`. */
const scopedContainerPattern = /^(?:[a-z]+(?:-[a-z]+)*-)?([0-9a-f]{64})(?:\.scope)?$/;
/**
 * systemd driver: `kubepods-burstable-pod1b2c_….slice`, below a kubelet with a root of its own (kind)
 * `kubelet-kubepods-…`; cgroupfs driver: `pod1b2c-…`. Static pods have a 32-digit hash of their manifest, which their
 * mirror in the API tells in an annotation. A runtime that keeps to cgroupfs under a kubelet of systemd appends its own
 * part with colons: `kubepods-pod….slice:cri-containerd:ID`.
 */
const podPattern =
  /^(?:(?:[a-z0-9]+-)*kubepods(?:-(?:besteffort|burstable))?-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const colonPattern = /^[^:]+\.slice:[a-z-]+:[0-9a-f]{64}$/;
const lxcPattern = /^lxc\.payload[./]?(.+)$/;
const userSlicePattern = /^user-(\d+)\.slice$/;
const userManagerPattern = /^user@(\d+)\.service$/;
/** Names that systemd-run makes up for each run: of no use as an identity. */
const transientUnitPattern = /^run-(?:[pru][0-9a-f]+(?:-i\d+)?|\d+)\.(?:service|scope)$/;

/**
 * Reads the owner out of a cgroup path of cgroup v1 or v2, as Docker, containerd, CRI-O, podman, LXC, the kubelet
 * and systemd lay them out, by cgroupfs or by systemd. Containers are named by the first 12 digits of their id. A
 * process in a cgroup namespace sees others by paths that begin with `/..`: of a container of its own pod, only the
 * container's part is left.
 */
export function parseCgroupPath(path: string): CgroupIdentity {
  const parts = partsOf(path);
  return parsePod(parts) ?? parseContainer(parts) ?? parseSystemd(parts) ?? { kind: 'none' };
}

function partsOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.flatMap((part) => (colonPattern.test(part) ? part.split(':') : [part]));
}

function parsePod(parts: readonly string[]): CgroupIdentity | undefined {
  const index = parts.findIndex((part) => podPattern.test(part));
  const uid = podPattern.exec(parts[index] ?? '')?.[1];
  if (uid === undefined) return undefined;
  return {
    kind: 'pod',
    podUid: uid.replaceAll('_', '-'),
    containerId: firstContainerId(parts.slice(index + 1)),
  };
}

function parseContainer(parts: readonly string[]): CgroupIdentity | undefined {
  // A bare id counts only below a runtime's directory: anyone may name a cgroup by a hash.
  const id = firstContainerId(containerIdPattern.test(parts[0] ?? '') ? parts.slice(1) : parts);
  if (id !== undefined) return { kind: 'container', name: id };
  const [first, second] = parts;
  if (first === 'lxc' && second !== undefined) return { kind: 'container', name: second };
  const lxc = lxcPattern.exec(first ?? '')?.[1];
  return lxc === undefined ? undefined : { kind: 'container', name: lxc };
}

/** The outermost container: what runs nested inside it belongs to it. */
function firstContainerId(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    const id = scopedContainerPattern.exec(part)?.[1];
    if (id !== undefined && !isHelperScope(part)) return id.slice(0, shortIdLength);
  }
  return undefined;
}

/** The runtime's monitor beside the container: its sockets are the runtime's. */
function isHelperScope(part: string): boolean {
  return part.startsWith('libpod-conmon-') || part.startsWith('crio-conmon-');
}

function parseSystemd(parts: readonly string[]): CgroupIdentity | undefined {
  const manager = parts.findIndex((part) => userManagerPattern.test(part));
  const unit = parts.slice(manager + 1).find((part) => part.endsWith('.service'));
  if (unit !== undefined)
    return { kind: 'unit', name: stableUnitName(unit), ...(manager >= 0 && { user: true }) };
  const uid = parts.map((part) => userSlicePattern.exec(part)?.[1]).find((found) => found !== undefined);
  if (uid !== undefined) return { kind: 'session', uid };
  const scope = parts.find((part) => part.endsWith('.scope') && part !== 'init.scope');
  return scope === undefined ? undefined : { kind: 'unit', name: stableUnitName(scope) };
}

function stableUnitName(unit: string): string {
  return transientUnitPattern.test(unit) ? 'systemd-run' : unit;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCgroupPath } from './cgroup-identity.ts';

const id = '3f2a'.repeat(16);
const uid = '8f0c1f6e-2b1d-4c0a-9d55-0a1b2c3d4e5f';
const uidUnderscored = uid.replaceAll('-', '_');
const container = { kind: 'container', name: id.slice(0, 12) };
const podContainer = { kind: 'pod', podUid: uid, containerId: id.slice(0, 12) };

describe('parseCgroupPath', () => {
  it.each([
    ['Docker, cgroupfs', `/docker/${id}`, container],
    ['Docker, systemd', `/system.slice/docker-${id}.scope`, container],
    ['Docker, systemd inside', `/system.slice/docker-${id}.scope/init.scope`, container],
    ['containerd by nerdctl, cgroupfs', `/default/${id}`, container],
    ['containerd by nerdctl, systemd', `/system.slice/nerdctl-${id}.scope`, container],
    ['podman, systemd', `/machine.slice/libpod-${id}.scope/container`, container],
    ['podman, cgroupfs', `/libpod_parent/libpod-${id}`, container],
    [
      'podman without root',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`,
      container,
    ],
    ['LXC', '/lxc.payload.web/system.slice/nginx.service', { kind: 'container', name: 'web' }],
    ['LXC, cgroup v1', '/lxc/web', { kind: 'container', name: 'web' }],
    ['kubelet, cgroupfs', `/kubepods/burstable/pod${uid}/${id}`, podContainer],
    ['kubelet, cgroupfs, guaranteed', `/kubepods/pod${uid}/${id}`, podContainer],
    [
      'kubelet, systemd, containerd',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uidUnderscored}.slice/cri-containerd-${id}.scope`,
      podContainer,
    ],
    [
      'kubelet, systemd, CRI-O',
      `/kubepods.slice/kubepods-pod${uidUnderscored}.slice/crio-${id}.scope/container`,
      podContainer,
    ],
    [
      'kind: a kubelet inside a Docker container',
      `/docker/${'b'.repeat(64)}/kubelet/kubepods/burstable/pod${uid}/${id}`,
      podContainer,
    ],
    [
      'static pod',
      `/kubepods/burstable/pod${'ab01'.repeat(8)}/${id}`,
      { kind: 'pod', podUid: 'ab01'.repeat(8), containerId: id.slice(0, 12) },
    ],
    [
      'kubelet, systemd, containerd, burstable',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uidUnderscored}.slice/cri-containerd-${id}.scope`,
      podContainer,
    ],
    [
      'kubelet, systemd, containerd, guaranteed',
      `/kubepods.slice/kubepods-pod${uidUnderscored}.slice/cri-containerd-${id}.scope`,
      podContainer,
    ],
    [
      'kubelet, systemd, cri-dockerd',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uidUnderscored}.slice/docker-${id}.scope`,
      podContainer,
    ],
    ['kubelet, cgroupfs, besteffort', `/kubepods/besteffort/pod${uid}/${id}`, podContainer],
    ['kubelet, cgroupfs, CRI-O', `/kubepods/besteffort/pod${uid}/crio-${id}`, podContainer],
    [
      'kubelet, systemd, containerd by cgroupfs',
      `/system.slice/containerd.service/kubepods-burstable-pod${uidUnderscored}.slice:cri-containerd:${id}`,
      podContainer,
    ],
    [
      'monitor of CRI-O: of the pod, of no container',
      `/kubepods.slice/kubepods-pod${uidUnderscored}.slice/crio-conmon-${id}.scope`,
      { kind: 'pod', podUid: uid, containerId: undefined },
    ],
    [
      'kind, systemd: the kubelet has a root of its own',
      `/docker/${'b'.repeat(64)}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${uidUnderscored}.slice/cri-containerd-${id}.scope`,
      podContainer,
    ],
    [
      'kind, systemd on both levels',
      `/system.slice/docker-${'b'.repeat(64)}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${uidUnderscored}.slice/cri-containerd-${id}.scope`,
      podContainer,
    ],
    [
      'static pod, systemd',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${'ab01'.repeat(8)}.slice/cri-containerd-${id}.scope`,
      { kind: 'pod', podUid: 'ab01'.repeat(8), containerId: id.slice(0, 12) },
    ],
    [
      'a container inside a pod’s container',
      `/kubepods/burstable/pod${uid}/${id}/docker/${'c'.repeat(64)}`,
      podContainer,
    ],
    [
      'from a cgroup namespace, another pod',
      `/../../kubepods-burstable.slice/kubepods-burstable-pod${uidUnderscored}.slice/cri-containerd-${id}.scope`,
      podContainer,
    ],
    ['from a cgroup namespace, the same pod, systemd', `/../cri-containerd-${id}.scope`, container],
    ['from a cgroup namespace, the same pod, cgroupfs', `/../${id}`, container],
    [
      'a unit with colons in its name',
      '/system.slice/dbus-:1.2-org.example.Service@0.service',
      { kind: 'unit', name: 'dbus-:1.2-org.example.Service@0.service' },
    ],
    ['the kubelet', '/system.slice/kubelet.service', { kind: 'unit', name: 'kubelet.service' }],
    ['the pods’ root', '/kubepods.slice/kubepods-burstable.slice', { kind: 'none' }],
    ['the pod itself', `/kubepods/pod${uid}`, { kind: 'pod', podUid: uid, containerId: undefined }],
    ['unit', '/system.slice/nginx.service', { kind: 'unit', name: 'nginx.service' }],
    [
      'unit in its own slice',
      '/system.slice/system-getty.slice/getty@tty1.service',
      { kind: 'unit', name: 'getty@tty1.service' },
    ],
    [
      'unit with a delegated tree',
      '/system.slice/containerd.service/worker',
      { kind: 'unit', name: 'containerd.service' },
    ],
    ['transient unit', '/system.slice/run-r0a1b2c.service', { kind: 'unit', name: 'systemd-run' }],
    ['transient unit by pid', '/system.slice/run-p412-i413.service', { kind: 'unit', name: 'systemd-run' }],
    ['session', '/user.slice/user-1000.slice/session-3.scope', { kind: 'session', uid: '1000' }],
    [
      'unit of a user',
      '/user.slice/user-1000.slice/user@1000.service/app.slice/syncthing.service',
      { kind: 'unit', name: 'syncthing.service', user: true },
    ],
    [
      'application of a user',
      '/user.slice/user-1000.slice/user@1000.service/app.slice/app-browser-1.scope',
      { kind: 'session', uid: '1000' },
    ],
    [
      'monitor of podman',
      `/machine.slice/libpod-conmon-${id}.scope`,
      { kind: 'unit', name: `libpod-conmon-${id}.scope` },
    ],
    ['PID 1', '/init.scope', { kind: 'none' }],
    ['root', '/', { kind: 'none' }],
    ['a bare hash at the root', `/${id}`, { kind: 'none' }],
  ])('%s', (_layout, path, expected) => {
    expect(parseCgroupPath(path)).toEqual(expected);
  });

  it('takes any path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (path) => {
        expect(parseCgroupPath(path)).toHaveProperty('kind');
      }),
    );
  });
});

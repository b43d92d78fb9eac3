import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { createNodePods, type NodePods } from './node-pods.ts';

const id = (digit: string): string => digit.repeat(64);
let pods: NodePods;
afterEach(() => pods.stop());

/** As the API server tells it, cut to what matters. */
function podBody(containerId: string) {
  return {
    spec: {
      nodeName: 'n',
      hostNetwork: true,
      containers: [{ name: 'app' }, { name: 'proxy' }],
      initContainers: [{ name: 'init' }],
    },
    status: {
      phase: 'Running',
      podIP: '192.0.2.7',
      podIPs: [{ ip: '192.0.2.7' }, { ip: '2001:db8::7' }],
      containerStatuses: [
        {
          name: 'app',
          containerID: `containerd://${containerId}`,
          lastState: { terminated: { containerID: `containerd://${id('9')}` } },
        },
        { name: 'proxy' },
      ],
      initContainerStatuses: [{ name: 'init', containerID: `cri-o://${id('8')}`, state: { terminated: {} } }],
    },
  };
}

function watching(api: FakeApi) {
  const problems: unknown[] = [];
  const asked: unknown[] = [];
  const list = api.list.bind(api);
  vi.spyOn(api, 'list').mockImplementation((path, options) => {
    asked.push(path, options?.query?.['fieldSelector']);
    return list(path, options);
  });
  pods = createNodePods({
    api,
    node: 'n',
    labels: { team: { label: 'team' } },
    clock: { nowMs: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) },
    random: () => 0.5,
    onProblem: (error) => problems.push(error),
  });
  pods.start();
  return { problems, asked };
}

describe('createNodePods', () => {
  it('asks for the pods of its node only, and knows their containers', async () => {
    const api = new FakeApi();
    api.put('checkout', podBody(id('a')), 'uid-1');
    const { asked } = watching(api);
    await pods.synced;
    expect(asked).toEqual(['/api/v1/pods', 'spec.nodeName=n']);
    const subject = { namespace: 'shop', workload: 'pod/checkout', pod: 'checkout' };
    const names = ['a', '8', '9'].map((digit) => pods.find({ podUid: 'uid-1', containerId: id(digit) }));
    expect(names).toEqual([
      { ...subject, container: 'app' },
      { ...subject, container: 'init' },
      { ...subject, container: 'app' },
    ]);
    expect(pods.addresses()).toEqual(['192.0.2.7', '2001:db8::7']);
  });

  it('follows what starts and ends, also what did so while the API server was away', async () => {
    const api = new FakeApi();
    api.put('first', podBody(id('a')));
    const { problems } = watching(api);
    await vi.waitFor(() => expect(api.watches).toBe(1));
    api.setDown(true);
    api.remove('first');
    api.put('second', podBody(id('b')));
    api.forget();
    expect(pods.find({ podUid: 'uid-first' })).toBeDefined();
    expect(pods.find({ podUid: 'uid-second' })).toBeUndefined();
    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(0));
    api.setDown(false);
    await vi.waitFor(() => expect(pods.find({ containerId: id('b') })?.pod).toBe('second'));
    expect(pods.find({ podUid: 'uid-first' })).toBeDefined();
    expect(pods.stats()).toMatchObject({ pods: 1, gone: 1 });
  });
});
